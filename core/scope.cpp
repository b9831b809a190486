#include <string>
#include <heed/core/error.hpp>
#include <heed/core/scope.hpp>

namespace heed {
namespace {
thread_local const Scope* innermost = nullptr;
}

Scope::Scope(std::string_view path) noexcept : path_(path), outer_(innermost) { innermost = this; }
Scope::~Scope() { innermost = outer_; }
std::string_view Scope::current() noexcept { return innermost ? innermost->path_ : std::string_view(); }

namespace detail {
std::string scope_suffix() {
    const std::string_view path = Scope::current();
    return path.empty() ? std::string() : " '" + std::string(path) + "'";
}
}  // namespace detail
}  // namespace heed
