#pragma once
// Every differentiable op, one line each. Definition, check, backward and test cases: ops/<family>/<op>.cpp, or the
// file that is named beside it. Shapes broadcast as in NumPy; negative axes count from the end. An operand may be a
// Var, an xtensor expression or a number. Where no operand is a Var, write heed::exp(array): plain exp(array) is
// xtensor's function, an expression of arrays.
#include <array>
#include <heed/core/tape.hpp>
#include <heed/ops/define/axes.hpp>
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/define/mask.hpp>
#include <heed/ops/define/options.hpp>

namespace heed {

// --- arithmetic: elementwise with broadcasting. add.cpp, subtract.cpp, multiply.cpp (- x, too), divide.cpp, pow.cpp,
// maximum.cpp (minimum, too)
Var operator+(In a, In b);
Var operator-(In a, In b);
Var operator*(In a, In b);
Var operator/(In a, In b);
Var operator-(In x);
Var& operator+=(Var& x, In b);  // x = x + b, and so on: other handles of the earlier value keep it
Var& operator-=(Var& x, In b);
Var& operator*=(Var& x, In b);
Var& operator/=(Var& x, In b);
Var pow(In a, In b);      // a^b; a >= 0 where b is no integer
Var maximum(In a, In b);  // gradient to the larger, halves where equal
Var minimum(In a, In b);

// --- compare.cpp: 1 where true, 0 elsewhere; no gradient. Elements other than 0 are true. A Var has no truth value
// itself: if (all(x > 2).item()) ...
Var operator<(In a, In b);
Var operator<=(In a, In b);
Var operator>(In a, In b);
Var operator>=(In a, In b);
Var equal(In a, In b);
Var not_equal(In a, In b);
Var logical_and(In a, In b);
Var logical_or(In a, In b);
Var logical_not(In x);
Var isnan(In x);
Var isfinite(In x);                   // neither infinite nor NaN
Var where(In condition, In a, In b);  // a where condition != 0, else b

// --- unary.cpp: elementwise
Var abs(In x);
Var exp(In x);
Var exp2(In x);
Var expm1(In x);  // e^x - 1
Var log(In x);
Var log2(In x);
Var log1p(In x);  // log(1 + x)
Var sqrt(In x);
Var rsqrt(In x);
Var square(In x);
Var erf(In x);
Var clamp(In x, double low, double high);
Var sign(In x);   // no gradient, nor have the following four
Var round(In x);  // half to even
Var floor(In x);
Var ceil(In x);
Var trunc(In x);  // towards 0

// --- trigonometry.cpp: elementwise, in radians
Var sin(In x);
Var cos(In x);
Var tan(In x);
Var asin(In x);
Var acos(In x);
Var atan(In x);
Var atan2(In a, In b);  // the angle of the point (b, a); broadcasts
Var sinh(In x);
Var cosh(In x);

// --- activations.cpp: elementwise
Var tanh(In x);
Var sigmoid(In x);
Var relu(In x);
Var leaky_relu(In x, double slope = 0.01);
Var elu(In x, double alpha = 1);
Var gelu(In x);       // x Phi(x), by erf
Var gelu_tanh(In x);  // its tanh approximation
Var silu(In x);
Var softplus(In x);
Var log_sigmoid(In x);
Var mish(In x);         // x tanh(softplus(x))
Var hardsigmoid(In x);  // (x + 3) / 6, clamped to 0 .. 1
Var hardswish(In x);    // x hardsigmoid(x)

// --- gated.cpp: one half of an axis times an activation of the other half: (.., 2 n, ..) -> (.., n, ..)
Var glu(In x, Dim axis = -1);  // first half * sigmoid(second half), as PyTorch's
Var swiglu(In x);              // silu(first half) * second half of the last axis: [gate, value]
Var geglu(In x);               // gelu(first half) * second half of the last axis: [gate, value]
Var geglu_tanh(In x);          // the same with gelu_tanh

// --- reductions and orders: a NaN is the largest number, and the smallest for min. sum.cpp (mean, too),
// variance.cpp (stddev, too), euclidean_norm.cpp (norm), max.cpp (min, too), any.cpp (all, too), argmax.cpp (argmin,
// too), sort.cpp (topk and argsort, too)
Var sum(In x, Axes axes = {}, Keep keep = drop_axis);
Var mean(In x, Axes axes = {}, Keep keep = drop_axis);
Var variance(In x, Axes axes = {}, Keep keep = drop_axis, Dim correction = 0);  // divides by n - correction
Var stddev(In x, Axes axes = {}, Keep keep = drop_axis, Dim correction = 0);    // its root; zero gradient at zero
Var norm(In x, Axes axes = {}, Keep keep = drop_axis);                          // Euclidean; zero gradient at zero
Var prod(In x, Axes axes = {}, Keep keep = drop_axis);
Var max(In x, Axes axes = {}, Keep keep = drop_axis);  // gradient to the first largest
Var min(In x, Axes axes = {}, Keep keep = drop_axis);
Var logsumexp(In x, Axes axes = {}, Keep keep = drop_axis);
Var cumsum(In x, Dim axis);
Var cumprod(In x, Dim axis);
Var any(In x, Axes axes = {}, Keep keep = drop_axis);  // 1 if any element != 0; no gradient
Var all(In x, Axes axes = {}, Keep keep = drop_axis);
Ints argmax(In x, Dim axis = -1);  // the first largest
Ints argmin(In x, Dim axis = -1);
struct HEED_ABI Ordered {
    Var values;
    Ints indices;
};
Ordered topk(In x, Dim k, Dim axis = -1);                    // largest first, equal ones by index
Ordered sort(In x, Dim axis = -1, bool descending = false);  // stable
Ints argsort(In x, Dim axis = -1, bool descending = false);  // its indices alone

// --- shapes: reshape.cpp (squeeze and unsqueeze, too), triangle.cpp (tril and triu), repeat.cpp (repeat_interleave,
// too)
Var reshape(In x, Shape shape);                               // one size may be -1
Var permute(In x, Axes axes);                                 // axis i of the result is axes[i] of x
Var transpose(In x);                                          // swaps the last two axes
Var expand(In x, Shape shape);                                // broadcast to `shape`
Var squeeze(In x, Axes axes = {});                            // none named: every axis of size one
Var unsqueeze(In x, Dim axis);                                // a new axis of size one at this position of the result
Var slice(In x, Dim axis, Dim begin, Dim end, Dim step = 1);  // negative begin, end and step as in Python
Var pick(In x, Dim axis, Dim index);                          // one slice, its axis gone
Var flip(In x, Axes axes);
Var roll(In x, Dim shift, Dim axis);  // y[.., i + shift, ..] = x[.., i, ..], cyclically
Var roll(In x, Shape shifts, Axes axes);
Var concat(Ins parts, Dim axis = -1);
Var stack(Ins parts, Dim axis = 0);  // a new axis at this position of the result
std::vector<Var> split(In x, std::vector<Dim> sizes, Dim axis = -1);
using Padding = std::vector<std::array<Dim, 2>>;  // {before, after}, for the last axes
Var pad(In x, Padding widths, double value = 0);
Var repeat(In x, Dim times, Dim axis);                     // the whole axis, `times` over
Var repeat_interleave(In x, Dim times, Dim axis);          // each element of it, `times` over
Var repeat_interleave(In x, const Ints& times, Dim axis);  // element i, times[i] over
Var tril(In x, Dim diagonal = 0);                          // zero above the diagonal
Var triu(In x, Dim diagonal = 0);                          // zero below it
Var diag(In x, Dim offset = 0);  // (n) -> (n, n), zero but for the diagonal; (..., n, m) -> its diagonals

// --- indices: take.cpp (take_rows, too), segment_sum.cpp (segment_mean, too), constants.cpp (zeros to arange)
Var take_rows(In table, const Ints& ids);                 // (n, d...) at (b...) -> (b..., d...): an embedding
Var take(In x, const Ints& ids, Dim axis);                // ids (m): x with its axis replaced by m
Var gather(In x, const Ints& ids, Dim axis);              // y[.., i, ..] = x[.., ids[.., i, ..], ..]
Var scatter(In x, const Ints& ids, In source, Dim axis);  // x with source written at ids; a later one wins
Var scatter_add(In x, const Ints& ids, In source, Dim axis);
Var segment_sum(In x, const Ints& ids, Dim count);      // (n, d...) by ids (n) -> (count, d...)
Var segment_mean(In x, const Ints& ids, Dim count);     // zeros for a segment without rows
Var segment_max(In x, const Ints& ids, Dim count);      // gradient to the first largest; zeros without rows
Var segment_softmax(In x, const Ints& ids, Dim count);  // over the rows of each segment: (n, d...) -> the same
Var one_hot(const Ints& ids, Dim classes, Site at = Site::current());
Var zeros(Shape shape, Site at = Site::current());
Var ones(Shape shape, Site at = Site::current());
Var full(Shape shape, double value, Site at = Site::current());
Var eye(Dim rows, Dim columns, Site at = Site::current());                      // 1 on the diagonal, 0 elsewhere
Var eye(Dim n, Site at = Site::current());                                      // square
Var linspace(double first, double last, Dim count, Site at = Site::current());  // both ends included
HEED_ABI Ints arange(Dim n, Site at = Site::current());                         // 0, 1, ..., n - 1

// --- embedding_bag.cpp: the mean or the sum of the rows of each bag, table (rows, width) -> (bags, width), without
// storing these rows; zeros for an empty bag
Var embedding_bag(In table, const Ints& ids, const EmbeddingBagOptions& options = {});  // (bags, n); (n) with offsets

// --- random.cpp: arrays of random numbers, a function of the key and the shape alone. Equal keys give equal numbers:
// count `step` up for others.
Var randn(Shape shape, Key key, Site at = Site::current());                                     // N(0, 1)
Var uniform(Shape shape, Key key, double low = 0, double high = 1, Site at = Site::current());  // in [low, high)
HEED_ABI Ints randint(Dim low, Dim high, Shape shape, Key key, Site at = Site::current());      // low <= y < high
HEED_ABI Ints permutation(Dim n, Key key, Site at = Site::current());                           // of 0, 1, ..., n - 1

// --- products: their operands may be rounded to bfloat16: bfloat16_products.hpp
Var matmul(In a, In b);                // (..., n, k) x (..., k, m); leading axes broadcast
Var linear(In x, In weight);           // (..., i) x (i, o)
Var linear(In x, In weight, In bias);  // + (o)
// einsum("bqhd,bkhd->bhqk", {q, k}): every letter an axis, twice in one operand its diagonal, "..." all axes between;
// sizes broadcast
Var einsum(const std::string& formula, Ins operands);

// --- softmax.cpp
Var softmax(In x, Dim axis = -1);  // a slice of only -inf gives zeros
Var log_softmax(In x, Dim axis = -1);

// --- masked.cpp
Var masked(In scores,
           const Mask& mask);  // (b, queries, keys) or (b, h, queries, keys): + bias, -inf where a pair is forbidden

// --- normalisation: over the last axis; batch_norm over all others
Var layer_norm(In x, In gain, In bias, double epsilon = 1e-5);
Var rms_norm(In x, In gain, double epsilon = 1e-6);
Var group_norm(In x, Dim groups, In gain, In bias, double epsilon = 1e-5);  // x (b, ..., c), gain and bias (c)
struct HEED_ABI BatchMoments {
    Array mean, variance;
};  // (c); the variance divides by the number of positions
Var batch_norm(In x, In gain, In bias, double epsilon = 1e-5,
               BatchMoments* moments = nullptr);  // over all but the last

// --- rotary.cpp: rotary positions, on rows of heads that lie side by side
enum class RotaryLayout {
    interleaved,  // elements 2k and 2k + 1 rotate together, as published
    halves,       // elements k and k + width / 2
};
struct RotaryOptions {
    RotaryLayout layout = RotaryLayout::interleaved;
    double base = 10000;
    Dim width = 0;  // elements of each head that are rotated; 0: all
    Dim start = 0;  // the position of the first row
};
Var rotary(In x, Dim heads, const RotaryOptions& options = {});  // (..., t, heads d) -> the same

// --- dropout.cpp
Var dropout(In x, double p);  // while a training tape records, or Sampling; scaled by 1 / (1 - p)

// --- cross entropy: means over the labels that count
Var cross_entropy(In logits, const Ints& labels, const CrossEntropyOptions& options = {});  // (..., classes), (...)
namespace detail {
Var cross_entropy(In logits, In target, const CrossEntropyOptions& options);
template <class T>
concept Probabilities = std::same_as<T, Var> || std::floating_point<typename T::value_type>;
}  // namespace detail
template <detail::Probabilities T>  // a target (..., classes) of probabilities; its weights are no part of the mean
Var cross_entropy(In logits, const T& target, const CrossEntropyOptions& options = {}, Site at = Site::current()) {
    return detail::cross_entropy(logits, In(target, at), options);
}
Var nll_loss(In log_p, const Ints& labels, const CrossEntropyOptions& options = {});  // as cross_entropy of log_softmax
Var focal_loss(In logits, const Ints& labels, const FocalLossOptions& options = {});  // (..., classes), (...)
Var linear_cross_entropy(In x, In w, const Ints& labels,
                         const CrossEntropyOptions& options = {});  // of x w^T: (..., width), (classes, width), (...)
Var linear_cross_entropy(In x, In w, In bias, const Ints& labels,
                         const CrossEntropyOptions& options = {});  // of linear(x, w, bias): w (width, classes)

// --- losses: means over all elements. The first three broadcast
Var mse_loss(In x, In target);
Var l1_loss(In x, In target);
Var huber_loss(In x, In target, double delta = 1);
Var bce_with_logits(In logits, In target);
Var bce_loss(In probabilities, In target);  // prefer bce_with_logits: it loses no digits near 0 and 1
Var sigmoid_focal_loss(In logits, In target, double alpha = 0.25, double gamma = 2);  // alpha < 0: none
Var kl_divergence(In log_p, In target);  // sum of target (log target - log_p) over the first axis' size

// --- cosine_similarity.cpp
Var cosine_similarity(In a, In b, Dim axis = -1, double epsilon = 1e-8);  // of slices along the axis, which goes

// --- gru.cpp: PyTorch's cell. gates r, z, n stand side by side in the last axis, in that order
Var gru_cell(In x_gates, In h_gates, In h);  // (b, 3h) = x Wx + bx, (b, 3h) = h Wh + bh, (b, h) -> (b, h)
Var gru_cell(In x_gates, In h_gates, In h, const Array& alive);  // rows with alive (b) == 0 keep h

// --- lstm.cpp: PyTorch's cell. gates i, f, g, o stand side by side in the last axis, in that order
struct HEED_ABI LSTMState {
    Var h, c;
};                                                  // (b, h), (b, h)
LSTMState lstm_cell(In x_gates, In h_gates, In c);  // (b, 4h) = x Wx + bx, (b, 4h) = h Wh + bh, (b, h)
LSTMState lstm_cell(In x_gates, In h_gates, In h, In c, const Array& alive);  // rows with alive (b) == 0 keep h and c

// --- conv.cpp: channels last, as everywhere in heed. x (b, t, in) or (b, h, w, in) -> (b, t', out) or (b, h', w', out)
// with t' = (t + 2 padding - dilation (k - 1) - 1) / stride + 1, rounded down. in and out are cut into as many groups;
// with groups = in = out each channel has its own filter (depthwise).
Var conv1d(In x, In weight, const Conv1dOptions& options = {});           // weight (k, in / groups, out)
Var conv1d(In x, In weight, In bias, const Conv1dOptions& options = {});  // bias (out)
Var conv2d(In x, In weight, const Conv2dOptions& options = {});           // weight (kh, kw, in / groups, out)
Var conv2d(In x, In weight, In bias, const Conv2dOptions& options = {});

// --- conv_transpose.cpp: the derivative of conv by its input, so the weight of a conv from out to in channels serves
// here from in to out. t' = (t - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1
Var conv_transpose1d(In x, In weight, const ConvTranspose1dOptions& options = {});  // weight (k, out / groups, in)
Var conv_transpose1d(In x, In weight, In bias, const ConvTranspose1dOptions& options = {});  // bias (out)
Var conv_transpose2d(In x, In weight, const ConvTranspose2dOptions& options = {});  // weight (kh, kw, out / groups, in)
Var conv_transpose2d(In x, In weight, In bias, const ConvTranspose2dOptions& options = {});

// --- max_pool.cpp, avg_pool.cpp: x (b, t, c) or (b, h, w, c); t' = (t + 2 padding - window) / stride + 1, rounded
// down. What padding adds is never the largest, and counts for no mean.
Var max_pool1d(In x, Dim window, const Pool1dOptions& options = {});  // gradient to the first largest
Var max_pool2d(In x, Pair window, const Pool2dOptions& options = {});
Var avg_pool1d(In x, Dim window, const Pool1dOptions& options = {});
Var avg_pool2d(In x, Pair window, const Pool2dOptions& options = {});

// --- interpolate.cpp: x (b, ..., c) with the axes between resampled to as many sizes, linearly or to the nearest
// position; align_corners: the first and the last element stay what they are
Var interpolate(In x, Shape sizes, const InterpolateOptions& options = {});

// --- box_iou.cpp: boxes (..., 4) by their corners left, top, right, bottom; leading axes broadcast, so that
// box_iou(unsqueeze(a, 1), b) compares each of a (n, 4) with each of b (m, 4)
Var box_iou(In a, In b);              // -> (...): the area of both over the area of either; 0 where there is none
Var generalized_box_iou(In a, In b);  // minus the share of the box around both that neither covers: -1 to 1
Var box_corners(In centres);          // centre x and y, width, height -> left, top, right, bottom
Var box_centres(In corners);          // and back

// --- additive.cpp
Var additive_score(In q, In k, In w);  // (b, i, d), (b, j, d), (d) -> (b, i, j): w . tanh(q_i + k_j)

}  // namespace heed

#include <heed/ops/define/xtensor_overloads.hpp>
