#include <string>
#include <heed/core/error.hpp>
#include <heed/core/scope.hpp>

namespace heed {

constinit thread_local const Scope* Scope::innermost = nullptr;

namespace detail {
std::string scope_suffix() {
    const std::string_view path = Scope::current();
    return path.empty() ? std::string() : " '" + std::string(path) + "'";
}
}  // namespace detail
}  // namespace heed
