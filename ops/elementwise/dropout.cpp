// dropout: random elements set to 0.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/elementwise/dropout.hpp>
#include <heed/ops/kernel/attention/dropout.hpp>

namespace heed {
namespace {

constexpr Dim block = 1 << 14;  // elements of one chunk of work

Array masked(const Array& x, double p, const RandomStream& stream) {
    Array y = Array::from_shape(x.shape());
    const Real* from = x.storage().data();
    Real* to = y.data();
    parallel_blocks(count(x), block, [&](Dim begin, Dim end) {
        std::copy(from + begin, from + end, to + begin);
        kernel::dropout(to + begin, end - begin, begin, p, stream);
    });
    return y;
}

}  // namespace

// y_i = x_i / (1 - p) with probability 1 - p, else 0 (Srivastava et al., 2014; scaled in training, so that evaluation
// is the identity).
Var dropout(In x, double p) {
    require(
        p >= 0 && p <= 1, "dropout", [&] { return fmt::format("p is {}; expected a probability, 0 <= p <= 1", p); },
        x.at);
    return p == 0 || !dropout_is_on() ? reshape(x, x.shape()) : dropout_by(x, p, next_random_stream());
}

Var dropout_by(In x, double p, const RandomStream& stream) {
    Var y = record("dropout", {x}, masked(x.value(), p, stream),
                   [dx = x.slot(), p, stream](const Array& dy) { dx.add_grad(masked(dy, p, stream)); });
    return differentiable(std::move(y), {x},
                          [p, stream](Vars, const Var&, const Var& dy) { return Grads{dropout_by(dy, p, stream)}; });
}

// clang-format off
HEED_OP_CASES(
    {.name = "dropout/half", .inputs = {{3, 5}}, .call = [](Vars in) { return dropout(in[0], 0.5); }},
    {.name = "dropout/odd count", .inputs = {{7}}, .call = [](Vars in) { return dropout(in[0], 0.25); }},
    {.name = "dropout/none", .inputs = {{2, 3}}, .call = [](Vars in) { return dropout(in[0], 0); }, .same_as = [](Vars in) { return in[0]; }},
    {.name = "dropout/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return dropout(in[0], 0.5); }, .flat = true},
    {.name = "dropout/everything", .inputs = {{4}}, .call = [](Vars in) { return dropout(in[0], 1); }, .flat = true},
    {.name = "dropout/negative", .inputs = {{3}}, .call = [](Vars in) { return dropout(in[0], -0.1); }, .rejects = true},
    {.name = "dropout/above one", .inputs = {{3}}, .call = [](Vars in) { return dropout(in[0], 1.5); }, .rejects = true},
    {.name = "dropout/nan", .inputs = {{3}}, .call = [](Vars in) { return dropout(in[0], std::nan("")); }, .rejects = true})
// clang-format on

}  // namespace heed
