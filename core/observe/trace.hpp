#pragma once
// A function that is called for every op that runs.
#include <functional>
#include <string_view>
#include <heed/core/base/shape.hpp>
#include <heed/core/base/thread_scope.hpp>
#include <heed/core/observe/check.hpp>

namespace heed {

// While it is alive, `see` is called for every op whose result this thread computes, with the op's name, the layer that
// it runs in (see Scope; empty outside any) and the result's shape. The innermost trace counts.
class Trace : public ThreadScope<Trace> {
public:
    using See = std::function<void(const char* op, std::string_view layer, const Shape& result)>;
    explicit Trace(See see);
    ~Trace();
    static void report(const char* op, const Shape& result);  // to the innermost trace of this thread, if there is one

private:
    unsigned before_;  // what was watched
    See see_;
};

}  // namespace heed
