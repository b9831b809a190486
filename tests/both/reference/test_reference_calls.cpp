// Functions of PyTorch that are two or three calls of heed, as docs/use/torch_names.md writes them, beside PyTorch's.
#include <cmath>
#include <limits>
#include <heed/tests/both/reference/reference.hpp>
#include <heed/tests/catch.hpp>

namespace heed::reference {
namespace {

using V = const Var&;
using I = const Ints&;

// Operand k of a case, for a parameter of either type.
struct HEED_ABI Operand {
    const Given& in;
    std::size_t k;
    operator V() const { return in[k]; }
    operator I() const { return in.ints(k); }
};

// F of the operands: as many as it takes.
template <class F, class... Operands>
Outputs call_of(const Given& in, Operands... operands) {
    if constexpr (std::is_invocable_v<F, Operands...>) return F{}(operands...);
    else return call_of<F>(in, operands..., Operand{in, sizeof...(operands)});
}

template <class F>
Cases calls(const char* of, F) {
    return {"calls", {of}, [](const Given& in) { return call_of<F>(in); }};
}

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double alpha = 0.5, beta = 2, lambda = 0.4, threshold = 0.3, value = -2, margin = 0.5, tau = 0.7;
constexpr double low = -1, high = 1.5, lower = 0.1, upper = 0.3, atol = 1e-8, rtol = 1e-5, dx = 0.1;
constexpr Dim n = 2, h = 4, w = 6, c = 3, r = 2, groups = 2, window = 3, k = 2, classes = 4, parts = 4;

// clang-format off
const Table table("calls", {
    calls("F.softplus", [](V x) { return softplus(beta * x) / beta; }),
    calls("F.softmin", [](V x) { return softmax(-x); }),
    calls("F.relu6", [](V x) { return clamp(x, 0, 6); }),
    calls("F.hardtanh", [](V x) { return clamp(x, low, high); }),
    calls("F.prelu", [](V x, V weight) { return maximum(x, 0) + weight * minimum(x, 0); }),
    calls("F.rrelu", [](V x) { return leaky_relu(x, (lower + upper) / 2); }),
    calls("F.celu", [](V x) { return alpha * elu(x / alpha); }),
    calls("F.selu", [](V x) { return 1.0507009873554805 * elu(x, 1.6732632423543772); }),
    calls("F.hardshrink", [](V x) { return where(abs(x) > lambda, x, 0); }),
    calls("F.softshrink", [](V x) { return x - clamp(x, -lambda, lambda); }),
    calls("F.tanhshrink", [](V x) { return x - tanh(x); }),
    calls("F.softsign", [](V x) { return x / (1 + abs(x)); }),
    calls("F.threshold", [](V x) { return where(x > threshold, x, value); }),
    calls("F.gumbel_softmax", [](V x, V u) { return softmax((x - log(-log(u))) / tau); }),
    calls("F.bilinear", [](V a, V b, V weight, V bias) { return einsum("ni,oij,nj->no", {a, weight, b}) + bias; }),
    calls("nn.Flatten", [](V x) { return reshape(x, {x.dim(0), -1}); }),
    calls("nn.Unflatten", [](V x) { return reshape(x, {x.dim(0), 3, 4}); }),
    calls("F.adaptive_avg_pool1d", [](V x) { return avg_pool1d(x, x.dim(1) / parts); }),
    calls("F.adaptive_max_pool1d", [](V x) { return max_pool1d(x, x.dim(1) / parts); }),
    calls("F.lp_pool1d", [](V x) { return sqrt(avg_pool1d(square(x), window) * window); }),
    calls("F.unfold", [](V x) { return conv2d(x, reshape(eye(3 * 3 * c), {3, 3, c, 3 * 3 * c})); }),
    calls("F.fold", [](V x) { return conv_transpose2d(x, reshape(eye(3 * 3 * c), {3, 3, c, 3 * 3 * c})); }),
    calls("F.pixel_shuffle", [](V x) { return reshape(permute(reshape(x, {n, h, w, c, r, r}), {0, 1, 4, 2, 5, 3}), {n, h * r, w * r, c}); }),
    calls("F.pixel_unshuffle", [](V x) { return reshape(permute(reshape(x, {n, h, r, w, r, c}), {0, 1, 3, 5, 2, 4}), {n, h, w, c * r * r}); }),
    calls("F.channel_shuffle", [](V x) { return reshape(transpose(reshape(x, {n, h, w, groups, -1})), {n, h, w, -1}); }),
    calls("nn.ReflectionPad1d", [](V x) { return concat({flip(slice(x, 1, 1, 3), 1), x, flip(slice(x, 1, -2, -1), 1)}, 1); }),
    calls("nn.ReplicationPad1d", [](V x) { return concat({repeat(slice(x, 1, 0, 1), 2, 1), x, slice(x, 1, -1, x.dim(1))}, 1); }),
    calls("nn.CircularPad1d", [](V x) { return concat({slice(x, 1, -2, x.dim(1)), x, slice(x, 1, 0, 1)}, 1); }),
    calls("F.instance_norm", [](V x, V gain, V bias) { return group_norm(x, c, gain, bias); }),
    calls("F.normalize", [](V x) { return x / maximum(norm(x, -1, keep_axis), 1e-12); }),
    calls("nn.RNNCell", [](V x, V state, V wx, V wh, V bx, V bh) { return tanh(linear(x, wx, bx) + linear(state, wh, bh)); }),
    calls("F.smooth_l1_loss", [](V x, V target) { return huber_loss(x, target, beta) / beta; }),
    calls("F.gaussian_nll_loss", [](V x, V target, V var) { return mean(log(var) + square(x - target) / var) / 2; }),
    calls("F.poisson_nll_loss", [](V x, V target) { return mean(exp(x) - target * x); }),
    calls("F.soft_margin_loss", [](V x, V y) { return mean(softplus(-y * x)); }),
    calls("F.multilabel_soft_margin_loss", [](V x, V y) { return bce_with_logits(x, y); }),
    calls("F.multi_margin_loss", [](V x, I labels) { return mean(relu(margin + x - gather(x, labels, 1))) - margin / c; }),
    calls("F.hinge_embedding_loss", [](V x, V y) { return mean(where(y > 0, x, relu(margin - x))); }),
    calls("F.margin_ranking_loss", [](V a, V b, V y) { return mean(relu(margin - y * (a - b))); }),
    calls("F.cosine_embedding_loss", [](V a, V b, V y) {
        return mean(where(y > 0, 1 - cosine_similarity(a, b), relu(cosine_similarity(a, b) - margin))); }),
    calls("F.triplet_margin_loss", [](V x, V a, V b) { return mean(relu(norm(x - a, -1) - norm(x - b, -1) + margin)); }),
    calls("F.pairwise_distance", [](V a, V b) { return norm(a - b, -1); }),
    calls("torch.cdist", [](V a, V b) { return norm(unsqueeze(a, -2) - unsqueeze(b, -3), -1); }),
    calls("torch.reciprocal", [](V x) { return 1 / x; }),
    calls("torch.clamp_min", [](V x) { return maximum(x, low); }),
    calls("torch.clamp_max", [](V x) { return minimum(x, high); }),
    calls("torch.addcmul", [](V x, V a, V b) { return x + value * a * b; }),
    calls("torch.addcdiv", [](V x, V a, V b) { return x + value * a / b; }),
    calls("torch.lerp", [](V a, V b, V weight) { return a + weight * (b - a); }),
    calls("torch.logit", [](V x) { return log(x / (1 - x)); }),
    calls("torch.log10", [](V x) { return log(x) / M_LN10; }),
    calls("torch.logaddexp", [](V a, V b) { return a + softplus(b - a); }),
    calls("torch.logaddexp2", [](V a, V b) { return a + softplus((b - a) * M_LN2) / M_LN2; }),
    calls("torch.xlogy", [](V x, V y) { return x * log(where(x > 0, y, 1)); }),
    calls("torch.hypot", [](V a, V b) { return sqrt(square(a) + square(b)); }),
    calls("torch.erfc", [](V x) { return 1 - erf(x); }),
    calls("torch.asinh", [](V x) { return log1p(x + square(x) / (1 + sqrt(square(x) + 1))); }),
    calls("torch.acosh", [](V x) { return log(x + sqrt(square(x) - 1)); }),
    calls("torch.atanh", [](V x) { return (log1p(x) - log1p(-x)) / 2; }),
    calls("torch.sinc", [](V x) { return sin(M_PI * x) / (M_PI * x); }),
    calls("torch.deg2rad", [](V x) { return x * (M_PI / 180); }),
    calls("torch.rad2deg", [](V x) { return x * (180 / M_PI); }),
    calls("torch.ldexp", [](V a, V b) { return a * exp2(b); }),
    calls("torch.frac", [](V x) { return x - trunc(x); }),
    calls("torch.fmod", [](V a, V b) { return a - b * trunc(a / b); }),
    calls("torch.remainder", [](V a, V b) { return a - b * floor(a / b); }),
    calls("torch.floor_divide", [](V a, V b) { return floor(a / b); }),
    calls("torch.copysign", [](V a, V b) { return where(b < 0, -abs(a), abs(a)); }),
    calls("torch.signbit", [](V x) { return x < 0; }),
    calls("torch.heaviside", [](V x) { return where(equal(x, 0), value, x > 0); }),
    calls("torch.nan_to_num", [](V x) { return clamp(where(isnan(x), 0, x), low, high); }),
    calls("torch.fmax", [](V a, V b) { return maximum(where(isnan(a), b, a), where(isnan(b), a, b)); }),
    calls("torch.equal", [](V a, V b) { return all(equal(a, b)); }),
    calls("torch.isclose", [](V a, V b) { return abs(a - b) <= atol + rtol * abs(b); }),
    calls("torch.allclose", [](V a, V b) { return all(abs(a - b) <= atol + rtol * abs(b)); }),
    calls("torch.isinf", [](V x) { return equal(abs(x), inf); }),
    calls("torch.isposinf", [](V x) { return equal(x, inf); }),
    calls("torch.isneginf", [](V x) { return equal(x, -inf); }),
    calls("torch.isin", [](V x, V y) { return any(equal(unsqueeze(x, -1), y), -1); }),
    calls("torch.logical_xor", [](V a, V b) { return not_equal(logical_not(a), logical_not(b)); }),
    calls("torch.kthvalue", [](V x) { return pick(sort(x).values, -1, k - 1); }),
    calls("torch.msort", [](V x) { return sort(x, 0).values; }),
    calls("torch.searchsorted", [](V x, V y) { return sum(unsqueeze(x, -1) > y, -1); }),
    calls("torch.var", [](V x) { return variance(x, -1, drop_axis, 1); }),
    calls("torch.std", [](V x) { return stddev(x, -1, drop_axis, 1); }),
    calls("torch.dist", [](V a, V b) { return norm(a - b); }),
    calls("torch.nansum", [](V x) { return sum(where(isnan(x), 0, x), 1); }),
    calls("torch.nanmean", [](V x) { return sum(where(isnan(x), 0, x), 1) / sum(logical_not(isnan(x)), 1); }),
    calls("torch.median", [](V x) { return pick(sort(x).values, -1, (x.dim(-1) - 1) / 2); }),
    calls("torch.quantile", [](V x) { return take(sort(x).values, Ints{0, 2, 8}, -1); }),
    calls("torch.count_nonzero", [](V x) { return sum(not_equal(x, 0), 1); }),
    calls("torch.bincount", [](I ids) { return segment_sum(ones({ids.shape()[0]}), ids, classes); }),
    calls("torch.logcumsumexp", [](V x) { return log(cumsum(exp(x - max(x)), -1)) + max(x); }),
    calls("torch.diff", [](V x) { return slice(x, -1, 1, x.dim(-1)) - slice(x, -1, 0, -1); }),
    calls("torch.trapezoid", [](V x) { return dx / 2 * sum(slice(x, -1, 1, x.dim(-1)) + slice(x, -1, 0, -1), -1); }),
    calls("torch.cov", [](V x) { return matmul(x - mean(x, 1, keep_axis), transpose(x - mean(x, 1, keep_axis))) / (x.dim(1) - 1); }),
    calls("torch.corrcoef", [](V x) { return cosine_similarity(unsqueeze(x - mean(x, 1, keep_axis), 0), unsqueeze(x - mean(x, 1, keep_axis), 1)); }),
    calls("torch.ravel", [](V x) { return reshape(x, {-1}); }),
    calls("torch.fliplr", [](V x) { return flip(x, 1); }),
    calls("torch.flipud", [](V x) { return flip(x, 0); }),
    calls("torch.rot90", [](V x) { return flip(transpose(x), 0); }),
    calls("torch.diagonal", [](V x) { return diag(x, 1); }),
    calls("torch.diag_embed", [](V x) { return unsqueeze(x, -1) * eye(x.dim(-1)); }),
    calls("torch.diagflat", [](V x) { return diag(reshape(x, {-1})); }),
    calls("torch.trace", [](V x) { return sum(diag(x)); }),
    calls("torch.block_diag", [](V a, V b) { return concat({pad(a, {{0, 0}, {0, b.dim(1)}}), pad(b, {{0, 0}, {a.dim(1), 0}})}, 0); }),
    calls("torch.meshgrid", [](V a, V b) { return expand(unsqueeze(a, 1), {a.dim(0), b.dim(0)}); }),
    calls("torch.select_scatter", [](V x, V y) { return concat({slice(x, 1, 0, 1), y, slice(x, 1, 3, x.dim(1))}, 1); }),
    calls("torch.take", [](V x, I ids) { return take_rows(reshape(x, {-1}), ids); }),
    calls("torch.index_add", [](V x, I ids, V y) { return x + segment_sum(y, ids, x.dim(0)); }),
    calls("torch.index_fill", [](V x, I ids) { return where(unsqueeze(any(one_hot(ids, x.dim(0)), 0), -1), value, x); }),
    calls("torch.masked_fill", [](V x, V y) { return where(y, value, x); }),
    calls("torch.logspace", []() { return pow(10, linspace(low, high, n)); }),
    calls("torch.vander", [](V x) { return pow(unsqueeze(x, -1), Array{0, 1, 2}); }),
    calls("torch.mv", [](V a, V x) { return sum(a * x, -1); }),
    calls("torch.dot", [](V a, V b) { return sum(a * b, -1); }),
    calls("torch.inner", [](V a, V b) { return matmul(a, transpose(b)); }),
    calls("torch.outer", [](V a, V b) { return unsqueeze(a, -1) * b; }),
    calls("torch.addmm", [](V x, V a, V b) { return beta * x + matmul(a, b); }),
    calls("torch.kron", [](V a, V b) {
        return reshape(permute(unsqueeze(unsqueeze(a, -1), -1) * b, {0, 2, 1, 3}), {a.dim(0) * b.dim(0), a.dim(1) * b.dim(1)}); }),
    calls("torch.cross", [](V a, V b) { return roll(a, -1, -1) * roll(b, 1, -1) - roll(a, 1, -1) * roll(b, -1, -1); }),
    calls("linalg.matrix_norm", [](V x) { return norm(x, {-2, -1}); }),
    calls("torch.matrix_power", [](V x) { return matmul(matmul(x, x), x); }),
});
// clang-format on

}  // namespace

TEST_CASE("reference: calls that draw random numbers (" HEED_TAG ")", "[reference]") {
    const Key key{1};
    const Var x = ones({n, h, c});
    {
        const double p = 0.5;
        const Tape tape(key);
        const Var y = x * dropout(ones({n, 1, c}), p);
        CHECK(all(equal(y, slice(y, 1, 0, 1))).item() == 1);  // along each channel the same
        CHECK(all(logical_or(equal(y, 0), equal(y, 2))).item() == 1);
    }
    const Var p = full({100000}, 0.3), drawn = uniform(p.shape(), key) < p;
    CHECK(mean(drawn).item() == Approx(0.3).margin(0.01));
    const Var logits = expand(log(Array{0.2, 0.5, 0.3}), {100000, 3});
    const Ints ids = argmax(logits - log(-log(uniform(logits.shape(), key))));
    const Var shares = mean(one_hot(ids, 3), 0);
    CHECK(max(abs(shares - Array{0.2, 0.5, 0.3})).item() < 0.01);
}

}  // namespace heed::reference
