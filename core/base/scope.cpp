// The name of the innermost layer, as error texts show it.
#include <string>
#include <heed/core/base/error.hpp>
#include <heed/core/base/scope.hpp>

namespace heed::detail {

std::string scope_suffix() {
    const std::string_view path = Scope::current();
    return path.empty() ? std::string() : " '" + std::string(path) + "'";
}

}  // namespace heed::detail
