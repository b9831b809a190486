#pragma once
// Names the layer that runs, for error texts, the origin of a NaN and the streams of random numbers.
#include <string_view>
#include <heed/core/base/error.hpp>
#include <heed/core/base/thread_scope.hpp>

namespace heed {

// While it is alive, what this thread runs belongs to the layer `path` ("encoder.first"). The innermost scope counts.
// The characters must outlive the scope and what was recorded in it; nothing is copied. A layer that is given the line
// of its caller passes it on as `caller`: errors inside then name the caller of the outermost such layer, not a line of
// its own.
class Scope : public ThreadScope<Scope> {
public:
    explicit Scope(std::string_view path, Site caller = {}) noexcept
        : path_(path), caller_(outer() && outer()->caller_.line ? outer()->caller_ : caller) {}
    static std::string_view current() noexcept {
        return innermost() ? innermost()->path_ : std::string_view();
    }                                                                                      // empty outside any scope
    static Site caller() noexcept { return innermost() ? innermost()->caller_ : Site{}; }  // line 0 if no layer got one

private:
    std::string_view path_;
    Site caller_;
};

}  // namespace heed
