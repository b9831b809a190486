// Traces of the ops of a thread.
#include <utility>
#include <heed/core/base/scope.hpp>
#include <heed/core/observe/trace.hpp>

namespace heed {

Trace::Trace(See see) : see_(std::move(see)) {}

void Trace::report(const char* op, const Shape& result) {
    if (const Trace* trace = innermost()) trace->see_(op, Scope::current(), result);
}

}  // namespace heed
