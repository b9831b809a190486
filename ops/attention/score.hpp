#pragma once
// Scores of your own. A lambda defines a score; it is compiled here into functions on whole tiles, for the values and,
// with dual numbers, for the derivatives:
//
//   score::scaled_dot([=](auto s, auto i, auto j) { return s - slope * abs(i - j); })  a function of the finished score
//   score::pairwise([](auto q, auto k, auto w) { return w * abs(q - k); }, w)  a sum over the width of any g(q, k, w)
//
// Its parameters are `lanes` (ops/attention/lanes.hpp): write them with auto, and `select(condition, a, b)` for if. The
// lambda is copied into the Score: capture by value. It runs on the instruction set that this file is compiled for;
// explain() names it. For all sets, chosen at run time, give a named struct to heed_add_score() in CMake.
#include <memory>
#include <utility>
#include <heed/core/base/isa.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/attention/lanes.hpp>
#include <heed/ops/kernel/attention/pairwise_tiles.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// How many of b, h, i, j a function of the finished score reads, or -1 if it cannot be called.
template <class F>
constexpr int positions_of() {
    if constexpr (std::is_invocable_v<const F&, lanes>) return 0;
    else if constexpr (std::is_invocable_v<const F&, lanes, lanes, lanes>) return 2;
    else if constexpr (std::is_invocable_v<const F&, lanes, lanes, lanes, lanes, lanes>) return 4;
    else return -1;
}

// f(x, c...). Beside a dual x, the constants are passed as they are if f takes that, else as duals.
template <class F, class... Constants>
HEED_INLINE auto call(const F& f, const dual& x, const Constants&... c) {
    if constexpr (std::is_invocable_v<const F&, dual, Constants...>) return f(x, c...);
    else return f(x, dual(c)...);
}
template <class F, class... Constants>
HEED_INLINE lanes call(const F& f, lanes x, const Constants&... c) {
    return f(x, c...);
}

template <class F, class S>
HEED_INLINE auto at_pair(const F& f, const S& s, const ScoreTile& t, Dim i, Dim j) {
    if constexpr (positions_of<F>() == 0) {
        return call(f, s);
    } else {
        alignas(64) Real first[W];
        for (Dim n = 0; n < W; ++n) first[n] = static_cast<Real>(n);
        const lanes row(t.i0 + i), column(V(static_cast<Real>(t.j0 + j)) + V::load_aligned(first));
        if constexpr (positions_of<F>() == 2) return call(f, s, row, column);
        else return call(f, s, lanes(t.b), lanes(t.h), row, column);
    }
}

struct None {  // stands in for a function that was refused
    template <class S>
    S operator()(S s) const {
        return s;
    }
};

// For its type, without conversions.
template <class F>
auto result_at(const F& f) {
    const lanes x;
    if constexpr (positions_of<F>() == 0) return f(x);
    else if constexpr (positions_of<F>() == 2) return f(x, x, x);
    else return f(x, x, x, x, x);
}

template <class F>
void finished(const void* self, const ScoreTile& t) {
    const F& f = *static_cast<const F*>(self);
    for (Dim i = 0; i < t.rows; ++i)
        row_each(t.keys, [&](Dim j, Dim count) {
            Real* s = t.s + i * t.lds + j;
            store(s, at_pair(f, lanes(load(s, count)), t, i, j).v, count);
        });
}

template <class F>
void finished_with_derivative(const void* self, const ScoreTile& t, Real* derivative) {
    const F& f = *static_cast<const F*>(self);
    for (Dim i = 0; i < t.rows; ++i)
        row_each(t.keys, [&](Dim j, Dim count) {
            Real* s = t.s + i * t.lds + j;
            const dual y = at_pair(f, dual(load(s, count), 1), t, i, j);
            store(s, y.value.v, count);
            store(derivative + i * t.lds + j, y.derivative.v, count);
        });
}

template <class F>
constexpr ScoreFunctions finished_functions = {.name = "dot with a function",
                                               .isa = isa_name,
                                               .rho = finished<F>,
                                               .rho_with_derivative = finished_with_derivative<F>,
                                               .reads_positions = positions_of<F>() > 0};

// One element of the width: the score's term, and the derivative by the argument that `x` stands for.
template <class G, bool theta>
struct Lambda {
    static constexpr bool has_theta = theta;
    static constexpr Dim group = 4;
    const G& g;

    static auto result(const G& g_) {  // for its type, without conversions
        const lanes x;
        if constexpr (theta) return g_(x, x, x);
        else return g_(x, x);
    }
    HEED_INLINE lanes term(lanes q, lanes k, const Real* w, Dim n) const {
        if constexpr (theta) return g(q, k, lanes(w[n]));
        else return g(q, k);
    }
    template <class Q, class K>
    HEED_INLINE lanes derivative(const Q& q, const K& k, const Real* w, Dim n) const {
        if constexpr (!theta && std::is_invocable_v<const G&, Q, K>) return g(q, k).derivative;
        else if constexpr (!theta) return g(dual(q), dual(k)).derivative;
        else if constexpr (std::is_invocable_v<const G&, Q, K, lanes>) return g(q, k, lanes(w[n])).derivative;
        else return g(dual(q), dual(k), dual(lanes(w[n]))).derivative;
    }
    HEED_INLINE lanes theta_derivative(lanes q, lanes k, const dual& x) const {
        if constexpr (std::is_invocable_v<const G&, lanes, lanes, dual>) return g(q, k, x).derivative;
        else return g(dual(q), dual(k), x).derivative;
    }

    template <Dim N>
    HEED_INLINE V add(V sum, const Real* q, const V (&k)[N], const Real* w) const {
        HEED_UNROLL
        for (Dim n = 0; n < N; ++n) sum = sum + term(lanes(q[n]), lanes(k[n]), w, n).v;
        return sum;
    }
    HEED_INLINE V finish(V sum) const { return sum; }
    // The result is linear in the derivative that a dual starts with: starting with ds gives what is added to the
    // gradients.
    template <bool masked, Dim N>
    HEED_INLINE void derivatives(const Real* q, const V (&k)[N], const Real* w, V ds, V (&dq)[N], V (&dk)[N],
                                 V (&dw)[N]) const {
        HEED_UNROLL
        for (Dim n = 0; n < N; ++n) {
            dq[n] = visible<masked>(ds, derivative(dual(q[n], ds), lanes(k[n]), w, n));
            dk[n] = visible<masked>(ds, derivative(lanes(q[n]), dual(k[n], ds), w, n));
            if constexpr (theta)
                dw[n] = visible<masked>(ds, theta_derivative(lanes(q[n]), lanes(k[n]), dual(w[n], ds)));
        }
    }
    // A masked pair adds nothing, also where 0 times its derivative is NaN.
    template <bool masked>
    HEED_INLINE static V visible(V ds, lanes x) {
        if constexpr (masked) return xsimd::select(ds == V(Real(0)), V(Real(0)), x.v);
        else return x.v;
    }
    template <class T>
    HEED_INLINE T gradient(T sum, const Real*, Dim) const {
        return sum;
    }
    HEED_INLINE Real theta_gradient(Real sum, Real) const { return sum; }
};

[[maybe_unused]] bool any_zero(const ScoreTile& t, const ScoreTileGradients& g) {
    Mask none(false);
    for (Dim i = 0; i < t.rows; ++i)
        row_each(t.keys,
                 [&](Dim j, Dim count) { none = none | (load(g.ds + i * t.lds + j, count, Real(1)) == V(Real(0))); });
    return xsimd::any(none);
}

template <class G, bool theta>
void pairwise(const void* self, const ScoreTile& t) {
    pairwise_scores(Lambda<G, theta>{*static_cast<const G*>(self)}, t);
}
template <class G, bool theta>
void pairwise_backward(const void* self, const ScoreTile& t, const ScoreTileGradients& g) {
    const G& f = *static_cast<const G*>(self);
    any_zero(t, g) ? pairwise_gradients<true>(Lambda<G, theta>{f}, t, g)
                   : pairwise_gradients<false>(Lambda<G, theta>{f}, t, g);
}
template <class G, bool theta>
constexpr ScoreFunctions pairwise_functions = {.name = "pairwise",
                                               .isa = isa_name,
                                               .pairwise = pairwise<G, theta>,
                                               .pairwise_backward = pairwise_backward<G, theta>};

template <class F>
constexpr const ScoreFunctions& checked_finished() {
    static_assert(positions_of<F>() >= 0,
                  "heed: a function of the score takes (s), (s, i, j) or (s, b, h, i, j), each of them auto, and is "
                  "not mutable: [](auto s, auto i, auto j) { return s - 0.1 * (i - j); }");
    if constexpr (positions_of<F>() >= 0) {
        using Result = decltype(result_at(std::declval<const F&>()));
        static_assert(std::is_same_v<Result, lanes>,
                      "heed: a function of the score returns what it computed from s, not a plain number: "
                      "leave its return type to the compiler");
        if constexpr (std::is_same_v<Result, lanes>) return finished_functions<F>;
    }
    return finished_functions<None>;
}

template <bool theta, class G>
constexpr const ScoreFunctions& checked_pairwise() {
    constexpr bool two = std::is_invocable_v<const G&, lanes, lanes>,
                   three = std::is_invocable_v<const G&, lanes, lanes, lanes>;
    static_assert(theta || two,
                  "heed: pairwise(g) calls g(q, k), with parameters that are auto, and g is not mutable: "
                  "[](auto q, auto k) { return abs(q - k); }; for g(q, k, theta) write pairwise(g, theta)");
    static_assert(!theta || three,
                  "heed: pairwise(g, theta) calls g(q, k, theta), with parameters that are auto, and g is not mutable: "
                  "[](auto q, auto k, auto w) { return w * abs(q - k); }");
    if constexpr (theta ? three : two) {
        using Result = decltype(Lambda<G, theta>::result(std::declval<const G&>()));
        static_assert(std::is_same_v<Result, lanes>,
                      "heed: g returns what it computed from q and k, not a plain number: leave its return type "
                      "to the compiler");
        if constexpr (std::is_same_v<Result, lanes>) return pairwise_functions<G, theta>;
    }
    return finished_functions<None>;
}

}  // namespace
}  // namespace heed::kernel::HEED_ISA_NS

namespace heed::score {

// A struct that heed_add_score() compiles for all instruction sets declares its kind: `using compiled_for_all =
// score::Finished;`, or score::Pair for g(q, k), score::PairWithTheta for g(q, k, theta). Its function is a template,
// as lambdas with auto are.
struct Finished {};
struct Pair {};
struct PairWithTheta {};

// Defined by the files that heed_add_score() makes; if it is undefined at link time, that call is missing.
template <class F>
const kernel::ScoreFunctions& compiled_for_all();
template <class F, kernel::Isa isa>
const kernel::ScoreFunctions& compiled_for();

namespace own = kernel::HEED_ISA_NS;

template <class F, class Kind>
static constexpr const kernel::ScoreFunctions& functions_of() {
    if constexpr (std::is_same_v<Kind, Finished>) return own::checked_finished<F>();
    else return own::checked_pairwise<std::is_same_v<Kind, PairWithTheta>, F>();
}

template <class Kind, class F>
static Score user_score(Score::Kind kind, F f, Var theta = {}) {
    Score s;
    s.kind = kind;
    s.weight = std::move(theta);
    if constexpr (requires { typename F::compiled_for_all; }) {
        static_assert(std::is_same_v<typename F::compiled_for_all, Kind>,
                      "heed: this score's compiled_for_all names another kind of score");
        s.functions = &compiled_for_all<F>();
    } else {
        s.functions = &functions_of<F, Kind>();
    }
    s.self = std::make_shared<const F>(std::move(f));
    return s;
}

// rho(s), rho(s, i, j) or rho(s, b, h, i, j) of the finished, scaled score s of query i and key j, head h, example b.
template <class F>
static Score dot(F rho) {
    return user_score<Finished>(Score::Kind::dot, std::move(rho));
}
template <class F>
static Score scaled_dot(F rho) {
    return user_score<Finished>(Score::Kind::scaled_dot, std::move(rho));
}

// s_ij = sum_d g(q_id, k_jd), or g(q_id, k_jd, theta_d) with theta (d) or (h, d), which gets a gradient as q and k do.
template <class G>
static Score pairwise(G g) {
    return user_score<Pair>(Score::Kind::pairwise, std::move(g));
}
template <class G>
static Score pairwise(G g, In theta) {
    return user_score<PairWithTheta>(Score::Kind::pairwise, std::move(g), theta.var());
}

}  // namespace heed::score
