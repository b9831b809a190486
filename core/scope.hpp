#pragma once
// Names the layer that runs, for error texts, the origin of a NaN and the streams of random numbers.
#include <string_view>

namespace heed {

// While it is alive, what this thread runs belongs to the layer `path` ("encoder.first"). The innermost scope counts.
// The characters must outlive the scope and what was recorded in it; nothing is copied.
class Scope {
public:
    explicit Scope(std::string_view path) noexcept;
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    static std::string_view current() noexcept;  // empty outside any scope

private:
    std::string_view path_;
    const Scope* outer_;
};

}  // namespace heed
