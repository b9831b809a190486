#pragma once
// `x + array`: xtensor's operators and functions accept anything beside one of its expressions, and would win over
// heed's, which convert. They drop out for a Var, so that it is heed's op that runs and its errors name the caller's
// line.
#include <concepts>
#include <type_traits>
#include <heed/core/var.hpp>

namespace xt::detail {

// The result type of xtensor's elementwise operators and functions, as in its xoperation.hpp.
template <class F, class... E>
struct xfunction_type;

// Has no `type`: the overload is no candidate.
template <class F, class... E>
    requires(std::derived_from<std::decay_t<E>, heed::Var> || ...)
struct xfunction_type<F, E...> {};

}  // namespace xt::detail
