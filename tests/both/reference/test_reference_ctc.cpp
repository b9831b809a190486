// The CTC loss of logits, beside PyTorch's.
#include <heed/ops/loss/ctc.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;
using Reduction = CtcOptions::Reduction;

Ints lengths_of(std::initializer_list<std::int64_t> values) {
    Ints x = Ints::from_shape({static_cast<Dim>(values.size())});
    std::copy(values.begin(), values.end(), x.data());
    return x;
}

Var ctc(G in, std::initializer_list<std::int64_t> frames, std::initializer_list<std::int64_t> labels, const CtcOptions& options = {}) {
    return ctc_loss(log_softmax(in[0]), in.ints(1), lengths_of(frames), lengths_of(labels), options);
}

const Table table("ctc_loss", {
    {"ctc_loss", {"mean"}, [](G in) { return ctc(in, {12, 3, 9}, {4, 1, 3}); }},
    {"ctc_loss", {"sum"}, [](G in) { return ctc(in, {12, 3, 9}, {4, 1, 3}, {.reduction = Reduction::sum}); }},
    {"ctc_loss", {"none"}, [](G in) { return ctc(in, {12, 3, 9}, {4, 1, 3}, {.reduction = Reduction::none}); }},
    {"ctc_loss", {"blank"}, [](G in) { return ctc(in, {12, 12}, {3, 4}, {.blank = 5}); }},
    {"ctc_loss", {"no labels"}, [](G in) { return ctc(in, {12, 7}, {0, 2}); }},
    {"ctc_loss", {"infinite"}, [](G in) { return ctc(in, {4, 4}, {3, 2}, {.zero_infinity = true}); }},
    {"ctc_loss", {"long"}, [](G in) { return ctc(in, {200, 150}, {40, 25}); }},
    {"ctc_loss", {"far out"}, [](G in) { return ctc(in, {5}, {2}); }},
});

}  // namespace
}  // namespace heed::reference
