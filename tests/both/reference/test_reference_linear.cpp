// Products, softmax, masks, norms, the fused ops and losses beside PyTorch's.
#include <heed/ops/recurrent/sequence.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;

Outputs both(const LSTMState& state) { return {state.h, state.c}; }

const Table table("linear", {
    {"matmul", {"square", "odd sizes", "batch", "batch broadcasts", "shared right", "nothing inside"}, [](G in) { return matmul(in[0], in[1]); }},
    {"linear", {"without bias"}, [](G in) { return linear(in[0], in[1]); }},
    {"linear", {"bias", "vector"}, [](G in) { return linear(in[0], in[1], in[2]); }},
    {"softmax", {"last axis", "far out", "some -inf"}, [](G in) { return softmax(in[0]); }},
    {"softmax", {"first axis"}, [](G in) { return softmax(in[0], 0); }},
    {"softmax", {"middle axis"}, [](G in) { return softmax(in[0], -2); }},
    {"softmax", {"one element"}, [](G in) { return softmax(in[0], 1); }},
    {"log_softmax", {"last axis", "far out", "some -inf"}, [](G in) { return log_softmax(in[0]); }},
    {"log_softmax", {"first axis"}, [](G in) { return log_softmax(in[0], 0); }},
    {"log_softmax", {"middle axis"}, [](G in) { return log_softmax(in[0], -2); }},
    {"log_softmax", {"one element"}, [](G in) { return log_softmax(in[0], 1); }},
    {"masked", {"lengths"}, [](G in) { return masked(in[0], lengths({4, 2})); }},
    {"masked", {"causal"}, [](G in) { return masked(in[0], causal()); }},
    {"masked", {"attention"}, [](G in) { return softmax(masked(in[0], causal() & lengths({3, 2}))); }},
    {"layer_norm", {"cube", "equal numbers", "far from zero"}, [](G in) { return layer_norm(in[0], in[1], in[2]); }},
    {"layer_norm", {"epsilon"}, [](G in) { return layer_norm(in[0], in[1], in[2], 0.5); }},
    {"rms_norm", {"cube", "zeros"}, [](G in) { return rms_norm(in[0], in[1]); }},
    {"rms_norm", {"epsilon"}, [](G in) { return rms_norm(in[0], in[1], 0.5); }},
    {"einsum", {"matrix product"}, [](G in) { return einsum("ij,jk->ik", {in[0], in[1]}); }},
    {"einsum", {"no arrow"}, [](G in) { return einsum("kj, ja", {in[0], in[1]}); }},
    {"einsum", {"heads"}, [](G in) { return einsum("bqhd,bkhd->bhqk", {in[0], in[1]}); }},
    {"einsum", {"bilinear"}, [](G in) { return einsum("bi,oij,bj->bo", {in[0], in[1], in[2]}); }},
    {"einsum", {"diagonals"}, [](G in) {
        return Outputs{einsum("ii->i", {in[0]}), einsum("ii", {in[0]}), einsum("bii->b", {in[1]}), einsum("ibi,ij->jb", {in[2], in[0]})};
    }},
    {"einsum", {"broadcast sizes"}, [](G in) { return Outputs{einsum("ij,jk->ik", {in[0], in[1]}), einsum("ij,ij->j", {in[0], in[2]})}; }},
    {"einsum", {"ellipses"}, [](G in) {
        return Outputs{einsum("...ij,...jk", {in[0], in[1]}), einsum("i...,...->i", {in[1], in[2]}), einsum("...i->i", {in[0]})};
    }},
    {"einsum", {"one operand"}, [](G in) { return einsum("abc->ca", {in[0]}); }},
    {"lstm_cell", {"step"}, [](G in) { return both(lstm_cell(in[0], in[1], in[2])); }},
    {"lstm_cell", {"some alive"}, [](G in) { return both(lstm_cell(in[0], in[1], in[2], in[3], in[4].value())); }},
    {"gru_cell", {"step"}, [](G in) { return gru_cell(in[0], in[1], in[2]); }},
    {"gru_cell", {"some alive"}, [](G in) { return gru_cell(in[0], in[1], in[2], in[3].value()); }},
    {"gru_sequence", {"all steps"}, [](G in) { return gru_sequence(in[0], in[1], in[2]); }},
    {"gru_sequence", {"reverse"}, [](G in) { return gru_sequence(in[0], in[1], in[2], {.reverse = true}); }},
    {"gru_sequence", {"from a state"}, [](G in) { return gru_sequence(in[0], in[1], in[2], in[3]); }},
    {"gru_sequence", {"from a state, reverse, lengths"}, [](G in) {
        return gru_sequence(in[0], in[1], in[2], in[3], {.reverse = true, .lengths = Ints{3, 0, 1}});
    }},
    {"gru_sequence", {"lengths"}, [](G in) { return gru_sequence(in[0], in[1], in[2], {.lengths = Ints{3, 0, 1}}); }},
    {"gru_sequence", {"reverse, lengths"}, [](G in) { return gru_sequence(in[0], in[1], in[2], {.reverse = true, .lengths = Ints{2, 3, 1}}); }},
    {"lstm_sequence", {"all steps"}, [](G in) { return both(lstm_sequence(in[0], in[1], in[2])); }},
    {"lstm_sequence", {"reverse, lengths"}, [](G in) {
        return both(lstm_sequence(in[0], in[1], in[2], {.reverse = true, .lengths = Ints{2, 3, 1}}));
    }},
    {"lstm_sequence", {"from a state, lengths"}, [](G in) {
        return both(lstm_sequence(in[0], in[1], in[2], {in[3], in[4]}, {.lengths = Ints{3, 0, 1}}));
    }},
    {"lstm_sequence", {"from a state, reverse"}, [](G in) { return both(lstm_sequence(in[0], in[1], in[2], {in[3], in[4]}, {.reverse = true})); }},
    {"additive_score", {"batch", "saturated"}, [](G in) { return additive_score(in[0], in[1], in[2]); }},
});

const Table losses("loss", {
    {"linear_cross_entropy", {"rows"}, [](G in) { return linear_cross_entropy(in[0], in[1], in.ints(2)); }},
    {"linear_cross_entropy", {"weights, smoothing, ignored"}, [](G in) {
        return linear_cross_entropy(in[0], in[1], in.ints(2), {.ignore = -1, .smoothing = 0.2, .weights = {1, 0.5, 2, 0.25, 3}});
    }},
    {"cross_entropy", {"rows", "ignored", "cube", "one row", "far out", "far from zero"}, [](G in) { return cross_entropy(in[0], in.ints(1)); }},
    {"cross_entropy", {"ignored class"}, [](G in) { return cross_entropy(in[0], in.ints(1), {.ignore = 2}); }},
    {"cross_entropy", {"smoothing", "far from zero, smoothing"}, [](G in) { return cross_entropy(in[0], in.ints(1), {.smoothing = 0.1}); }},
    {"cross_entropy", {"all smooth"}, [](G in) { return cross_entropy(in[0], in.ints(1), {.smoothing = 1}); }},
    {"cross_entropy", {"weights"}, [](G in) { return cross_entropy(in[0], in.ints(1), {.weights = {1, 0.5, 2, 0, 3}}); }},
    {"cross_entropy", {"weights, smoothing, ignored"}, [](G in) {
        return cross_entropy(in[0], in.ints(1), {.ignore = -1, .smoothing = 0.2, .weights = {1, 0.5, 2, 0.25, 3}});
    }},
    {"cross_entropy", {"probabilities", "probabilities, far out", "probabilities, cube"}, [](G in) { return cross_entropy(in[0], in[1]); }},
    {"cross_entropy", {"probabilities, weights, smoothing"}, [](G in) {
        return cross_entropy(in[0], in[1], {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}});
    }},
    {"cross_entropy", {"weights of examples"}, [](G in) { return cross_entropy(in[0], in.ints(1), {.example_weights = in[2]}); }},
    {"cross_entropy", {"weights of classes and examples"}, [](G in) {
        return cross_entropy(in[0], in.ints(1), {.smoothing = 0.1, .weights = {1, 0.5, 2, 0.25, 3}, .example_weights = in[2]});
    }},
    {"cross_entropy", {"probabilities, weights of examples"}, [](G in) { return cross_entropy(in[0], in[1], {.example_weights = in[2]}); }},
    {"nll_loss", {"rows", "ignored", "cube", "one row", "infinite"}, [](G in) { return nll_loss(in[0], in.ints(1)); }},
    {"nll_loss", {"weights, ignored"}, [](G in) { return nll_loss(in[0], in.ints(1), {.ignore = 2, .weights = {1, 0.5, 2, 0, 3}}); }},
    {"mse_loss", {"matrix", "broadcast"}, [](G in) { return mse_loss(in[0], in[1]); }},
    {"l1_loss", {"ties", "matrix", "broadcast"}, [](G in) { return l1_loss(in[0], in[1]); }},
    {"huber_loss", {"default", "broadcast"}, [](G in) { return huber_loss(in[0], in[1]); }},
    {"bce_loss", {"matrix", "ends"}, [](G in) { return bce_loss(in[0], in[1]); }},
    {"sigmoid_focal_loss", {"default"}, [](G in) { return sigmoid_focal_loss(in[0], in[1]); }},
    {"sigmoid_focal_loss", {"soft"}, [](G in) { return sigmoid_focal_loss(in[0], in[1], 0.6, 3); }},
    {"sigmoid_focal_loss", {"neither"}, [](G in) { return sigmoid_focal_loss(in[0], in[1], -1, 0); }},
    {"sigmoid_focal_loss", {"far out"}, [](G in) { return sigmoid_focal_loss(in[0], in[1], 0.25, 1.5); }},
    {"focal_loss", {"rows", "ignored"}, [](G in) { return focal_loss(in[0], in.ints(1)); }},
    {"focal_loss", {"gamma, weights, ignored class"}, [](G in) {
        return focal_loss(in[0], in.ints(1), {.gamma = 0.5, .ignore = 2, .weights = {1, 0.5, 2, 0.25, 3}});
    }},
    {"focal_loss", {"far out"}, [](G in) { return focal_loss(in[0], in.ints(1), {.gamma = 3}); }},
    {"cosine_similarity", {"rows", "all pairs", "zeros"}, [](G in) { return cosine_similarity(in[0], in[1]); }},
    {"cosine_similarity", {"first axis"}, [](G in) { return cosine_similarity(in[0], in[1], 0); }},
    {"huber_loss", {"delta"}, [](G in) { return huber_loss(in[0], in[1], 0.25); }},
    {"bce_with_logits", {"matrix", "far out"}, [](G in) { return bce_with_logits(in[0], in[1]); }},
    {"kl_divergence", {"matrix"}, [](G in) { return kl_divergence(log_softmax(in[0]), in[1]); }},
    {"kl_divergence", {"zeros"}, [](G in) { return kl_divergence(in[0], in[1]); }},
});

}  // namespace
}  // namespace heed::reference
