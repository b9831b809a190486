#include <utility>
#include <heed/core/scope.hpp>
#include <heed/core/trace.hpp>

namespace heed {
namespace {
constinit thread_local const Trace* innermost_trace = nullptr;
}  // namespace

Trace::Trace(See see) : see_(std::move(see)), outer_(std::exchange(innermost_trace, this)) {}
Trace::~Trace() { innermost_trace = outer_; }

void Trace::report(const char* op, const Shape& result) {
    if (innermost_trace) innermost_trace->see_(op, Scope::current(), result);
}

}  // namespace heed
