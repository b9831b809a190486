// Rows of losses.
#include <algorithm>
#include <heed/bench/ops/row.hpp>
#include <heed/ops/loss/ctc.hpp>

namespace heed::bench {
namespace {

Ints all_equal(Dim count, Dim value) {
    Ints x = Ints::from_shape({count});
    std::fill_n(x.data(), count, value);
    return x;
}

}  // namespace

std::vector<OpRow> loss_rows() {
    const Shapes flat{Shape{1000}, {250'000}, {10'000'000}}, classes{Shape{32, 10}, {256, 1000}, {2000, 5000}};
    const Operand x = normal_in(flat), target = within(0.01, 0.99, flat).fixed();
    const Operand logits = normal_in(classes), probabilities = within(0, 0.001, classes).fixed();
    const Operand labels = ids_below({10, 1000, 5000}, {Shape{32}, {256}, {2000}});
    const Operand hidden = normal_in({Shape{32, 32}, {256, 256}, {1024, 256}});
    const Operand table = within(-0.1, 0.1, {Shape{100, 32}, {2000, 256}, {10'000, 256}});
    const Operand words = ids_below({100, 2000, 10'000}, {Shape{32}, {256}, {1024}});
    const Operand frames = normal_in({Shape{2, 20, 10}, {8, 100, 30}, {32, 500, 100}});
    const Operand letters = ids_below({9, 29, 99}, {Shape{2, 5}, {8, 20}, {32, 100}});
    // clang-format off
    return {
        {"cross_entropy", {logits, labels}, [](G g) { return cross_entropy(g[0], g.ids[0]); }},
        {"cross_entropy/smoothing", {logits, labels},
         [](G g) { return cross_entropy(g[0], g.ids[0], {.smoothing = 0.1}); }},
        {"cross_entropy/probabilities", {logits, probabilities}, [](G g) { return cross_entropy(g[0], g[1]); }},
        {"nll_loss", {logits, labels}, [](G g) { return nll_loss(g[0], g.ids[0]); }},
        {"focal_loss", {logits, labels}, [](G g) { return focal_loss(g[0], g.ids[0]); }},
        {"linear_cross_entropy", {hidden, table, words},
         [](G g) { return linear_cross_entropy(g[0], g[1], g.ids[0]); }},
        {"mse_loss", {x, target}, [](G g) { return mse_loss(g[0], g[1]); }},
        {"l1_loss", {x, target}, [](G g) { return l1_loss(g[0], g[1]); }},
        {"huber_loss", {x, target}, [](G g) { return huber_loss(g[0], g[1]); }},
        {"bce_with_logits", {x, target}, [](G g) { return bce_with_logits(g[0], g[1]); }},
        {"bce_loss", {within(0.01, 0.99, flat), target}, [](G g) { return bce_loss(g[0], g[1]); }},
        {"sigmoid_focal_loss", {x, target}, [](G g) { return sigmoid_focal_loss(g[0], g[1]); }},
        {"kl_divergence", {logits, probabilities}, [](G g) { return kl_divergence(g[0], g[1]); }},
        {"ctc_loss", {frames, letters}, [](G g) {
             const Ints targets = g.ids[0] + 1;  // 0 is the blank
             return ctc_loss(log_softmax(g[0]), targets, all_equal(g[0].dim(0), g[0].dim(1)),
                             all_equal(g[0].dim(0), targets.shape()[1]));
         }},
    };
    // clang-format on
}

}  // namespace heed::bench
