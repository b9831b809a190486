// within: zeros behind the ends of sequences.
#include <algorithm>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/ops/mask/lengths.hpp>

namespace heed {
namespace {

Array cut(const Array& x, const Ints& lengths) {
    const Dim b = x.shape()[0], t = x.shape()[1], step = count(x) / std::max<Dim>(1, b * t);
    Array y = Array::from_shape(x.shape());
    const Real* from = x.storage().data();
    Real* to = y.data();
    for (Dim i = 0; i < b; ++i, from += t * step, to += t * step) {
        const Dim seen = lengths.storage()[static_cast<std::size_t>(i)] * step;
        std::copy_n(from, seen, to);
        std::fill(to + seen, to + t * step, Real(0));
    }
    return y;
}

}  // namespace

Var within(In x, const Ints& lengths) {
    expect(x.rank() >= 2, "within", "x", x.shape(), "(b, t, ...)", x.at);
    check_lengths("within", "lengths", lengths, x.dim(0), {"steps", x.dim(1)}, x.at);
    Var y = record("within", {x}, cut(x.value(), lengths),
                   [lengths, dx = x.slot()](const Array& dy) { dx.add_grad(cut(dy, lengths)); });
    return differentiable(std::move(y), {x},
                          [lengths](Vars, const Var&, const Var& dy) { return Grads{within(dy, lengths)}; });
}

#ifdef HEED_TESTING
namespace {
Var cut_at_two_and_none(Vars in) { return within(in[0], Ints{2, 0}); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "within/steps", .inputs = {{2, 3, 4}}, .call = cut_at_two_and_none,
     .same_as = [](Vars in) { return where(reshaped(Array{1, 1, 0, 0, 0, 0}, {2, 3, 1}), in[0], 0); }},
    {.name = "within/numbers", .inputs = {{2, 3}}, .call = cut_at_two_and_none,
     .same_as = [](Vars in) { return where(reshaped(Array{1, 1, 0, 0, 0, 0}, {2, 3}), in[0], 0); }},
    {.name = "within/no steps", .inputs = {{2, 0, 3}}, .call = [](Vars in) { return within(in[0], Ints{0, 0}); }, .flat = true},
    {.name = "within/a vector", .inputs = {{2}}, .call = cut_at_two_and_none, .rejects = true},
    {.name = "within/lengths of another batch", .inputs = {{3, 3, 4}}, .call = cut_at_two_and_none, .rejects = true},
    {.name = "within/longer than there are steps", .inputs = {{2, 1}}, .call = cut_at_two_and_none, .rejects = true})
// clang-format on

}  // namespace heed
