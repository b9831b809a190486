// conv_transpose1d and conv_transpose2d: transposed convolutions, channels last.
#include <algorithm>
#include <heed/ops/image/conv_parts.hpp>

namespace heed {
namespace {

// The convolution whose derivative by its input this is. Checks everything but the bias.
Convolution geometry(const char* op, const In& x, const In& weight, const ConvTranspose2dOptions& options,
                     std::size_t axes) {
    Convolution f = convolution_of(op, x, weight, "out / groups, in",
                                   {options.stride, options.padding, options.dilation, options.groups}, axes);
    kernel::Conv& c = f.c;
    expect(
        x.dim(-1) == c.out, op, "x", x.shape(),
        [&] { return fmt::format("{} channels because 'weight' is {}", c.out, to_string(weight.shape())); }, x.at);
    for (std::size_t i = 2 - axes; i < 2; ++i) {
        const std::size_t axis = i + axes - 1;
        const Dim n = c.result[i] = x.shape()[axis], most = std::max(c.stride[i], c.dilation[i]);
        const Dim more = i == 0 ? options.output_padding.first : options.output_padding.second;
        require(
            0 <= more && more < most, op,
            [&] {
                return fmt::format(
                    "output_padding is {}; expected 0 <= output_padding < {}, the larger of stride and dilation", more,
                    most);
            },
            x.at);
        const Dim padded = saturated_sum(saturated_sum(saturated_product(std::max<Dim>(n - 1, 0), c.stride[i]), more),
                                         saturated_sum(saturated_product(c.dilation[i], c.taps[i] - 1), 1));
        c.size[i] = padded - 2 * c.padding[i];
        expect(
            n > 0 && c.size[i] > 0, op, "x", x.shape(),
            [&] {
                return fmt::format(
                    "so many positions at axis {} that some are left: they become {} less padding {} on both sides",
                    axis, n > 0 ? padded : 0, c.padding[i]);
            },
            x.at);
    }
    require_sizes(op, f.x(), x.at);
    return f;
}

Var biased(const Convolution& f, const In& x, const In& weight, const In& bias) {
    expect_bias(f.op, bias, f.c.in, weight);
    return conv_to_x(f, x, weight, &bias);
}

ConvTranspose2dOptions of_images(const ConvTranspose1dOptions& o) {
    return {.stride = {1, o.stride},
            .padding = {0, o.padding},
            .output_padding = {0, o.output_padding},
            .dilation = {1, o.dilation},
            .groups = o.groups};
}

}  // namespace

// The derivative of conv with this weight by its input, for the derivative x by its result: each x_ijo adds x_ijo
// w_uvco to the position (i s - p + u d, j s - p + v d, c) of the result for all u, v and c, with stride s, padding p
// and dilation d (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4). Of the
// inputs that conv maps to as many results, output_padding chooses a larger one.
Var conv_transpose1d(In x, In weight, const ConvTranspose1dOptions& options) {
    return conv_to_x(geometry("conv_transpose1d", x, weight, of_images(options), 1), x, weight);
}
Var conv_transpose1d(In x, In weight, In bias, const ConvTranspose1dOptions& options) {
    return biased(geometry("conv_transpose1d", x, weight, of_images(options), 1), x, weight, bias);
}
Var conv_transpose2d(In x, In weight, const ConvTranspose2dOptions& options) {
    return conv_to_x(geometry("conv_transpose2d", x, weight, options, 2), x, weight);
}
Var conv_transpose2d(In x, In weight, In bias, const ConvTranspose2dOptions& options) {
    return biased(geometry("conv_transpose2d", x, weight, options, 2), x, weight, bias);
}

#ifdef HEED_TESTING
namespace {
// x with stride - 1 zeros between its positions along an axis of (b, h, w, c).
Var apart(const Var& x, std::size_t axis, Dim stride) {
    Shape shape = x.shape();
    const Dim n = shape[axis];
    shape[axis] = n * stride;
    Padding widths{{0, stride - 1}};
    widths.resize(4 - axis);
    const Var wide = reshape(pad(unsqueeze(x, static_cast<Dim>(axis) + 1), widths), shape);
    return slice(wide, static_cast<Dim>(axis), 0, (n - 1) * stride + 1);
}

// A sum over the taps: each spreads the positions, shifted by its own.
Var spread(const Var& x, const Var& weight, const ConvTranspose2dOptions& o) {
    const Var wide = apart(apart(x, 1, o.stride.first), 2, o.stride.second);
    const Dim rows = weight.dim(0), columns = weight.dim(1), in = x.dim(-1) / o.groups;
    std::vector<Var> groups;
    for (Dim g = 0; g < o.groups; ++g) {
        Var y;
        for (Dim u = 0; u < rows; ++u)
            for (Dim v = 0; v < columns; ++v) {
                const Var matrix = slice(pick(pick(weight, 0, u), 0, v), -1, g * in, (g + 1) * in);
                const Dim down = o.dilation.first, across = o.dilation.second;
                const Var term = pad(matmul(slice(wide, -1, g * in, (g + 1) * in), transpose(matrix)),
                                     {{u * down, (rows - 1 - u) * down + o.output_padding.first},
                                      {v * across, (columns - 1 - v) * across + o.output_padding.second},
                                      {0, 0}});
                y = y.defined() ? y + term : term;
            }
        groups.push_back(y);
    }
    const Var y = concat(groups);
    return slice(slice(y, 1, o.padding.first, y.dim(1) - o.padding.first), 2, o.padding.second,
                 y.dim(2) - o.padding.second);
}
Var spread(const Var& x, const Var& weight, const ConvTranspose1dOptions& o) {
    return pick(spread(unsqueeze(x, 1), unsqueeze(weight, 0), of_images(o)), 1, 0);
}

Var conv(const Var& x, const Var& w, const ConvTranspose1dOptions& o) { return conv_transpose1d(x, w, o); }
Var conv(const Var& x, const Var& w, const ConvTranspose2dOptions& o) { return conv_transpose2d(x, w, o); }
template <auto options>
Var call(Vars in) {
    return conv(in[0], in[1], options);
}
template <auto options>
Var composed(Vars in) {
    return spread(in[0], in[1], options);
}

constexpr ConvTranspose1dOptions plain1, same1{.padding = 1}, doubled1{.stride = 2, .padding = 1, .output_padding = 1},
    dilated1{.stride = 2, .padding = 1, .dilation = 3}, more1{.output_padding = 2, .dilation = 3},
    two_groups1{.stride = 3, .groups = 2}, depthwise1{.stride = 2, .groups = 3};
constexpr ConvTranspose2dOptions plain2,
    apart2{.stride = {2, 1}, .padding = {0, 1}, .output_padding = {1, 0}, .dilation = {1, 2}},
    grouped2{.stride = 2, .padding = 1, .groups = 2}, depthwise2{.stride = 2, .padding = 1, .groups = 4};
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "conv_transpose1d/plain", .inputs = {{2, 5, 4}, {3, 3, 4}}, .call = call<plain1>, .same_as = composed<plain1>},
    {.name = "conv_transpose1d/padded", .inputs = {{1, 4, 2}, {3, 2, 2}}, .call = call<same1>, .same_as = composed<same1>},
    {.name = "conv_transpose1d/doubled", .inputs = {{2, 4, 3}, {3, 2, 3}}, .call = call<doubled1>, .same_as = composed<doubled1>},
    {.name = "conv_transpose1d/dilated", .inputs = {{1, 3, 2}, {3, 2, 2}}, .call = call<dilated1>, .same_as = composed<dilated1>},
    {.name = "conv_transpose1d/output padding beyond the stride", .inputs = {{2, 3, 2}, {2, 3, 2}}, .call = call<more1>, .same_as = composed<more1>},
    {.name = "conv_transpose1d/one tap and output padding", .inputs = {{2, 3, 2}, {1, 3, 2}}, .call = call<more1>, .same_as = composed<more1>},
    {.name = "conv_transpose1d/groups", .inputs = {{2, 3, 6}, {2, 2, 6}}, .call = call<two_groups1>, .same_as = composed<two_groups1>},
    {.name = "conv_transpose1d/depthwise", .inputs = {{2, 4, 3}, {3, 1, 3}}, .call = call<depthwise1>, .same_as = composed<depthwise1>},
    {.name = "conv_transpose1d/one tap", .inputs = {{2, 3, 4}, {1, 5, 4}}, .call = call<plain1>, .same_as = composed<plain1>},
    {.name = "conv_transpose1d/bias", .inputs = {{2, 3, 3}, {2, 2, 3}, {2}}, .call = [](Vars in) { return conv_transpose1d(in[0], in[1], in[2]); },
     .same_as = [](Vars in) { return conv_transpose1d(in[0], in[1]) + in[2]; }},
    {.name = "conv_transpose1d/undoes the shape of conv1d", .inputs = {{1, 8, 2}, {3, 2, 3}},
     .call = [](Vars in) { return conv_transpose1d(conv1d(in[0], in[1], {.stride = 2, .padding = 1}), in[1], doubled1) * in[0]; }},
    {.name = "conv_transpose1d/no examples", .inputs = {{0, 4, 3}, {2, 2, 3}}, .call = call<plain1>, .flat = true},
    {.name = "conv_transpose1d/x of rank two", .inputs = {{4, 3}, {2, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv_transpose1d/channels differ", .inputs = {{2, 4, 2}, {2, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv_transpose1d/no taps", .inputs = {{2, 2, 3}, {0, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv_transpose1d/no positions", .inputs = {{2, 0, 3}, {2, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv_transpose1d/nothing is left", .inputs = {{2, 1, 3}, {2, 2, 3}}, .call = call<same1>, .rejects = true},
    {.name = "conv_transpose1d/groups do not divide", .inputs = {{2, 4, 3}, {2, 2, 3}}, .call = call<two_groups1>, .rejects = true},
    {.name = "conv_transpose1d/output padding of a stride", .inputs = {{2, 4, 3}, {2, 2, 3}},
     .call = [](Vars in) { return conv_transpose1d(in[0], in[1], {.stride = 2, .output_padding = 2}); }, .rejects = true},
    {.name = "conv_transpose1d/bias differs", .inputs = {{2, 4, 3}, {2, 2, 3}, {3}},
     .call = [](Vars in) { return conv_transpose1d(in[0], in[1], in[2]); }, .rejects = true},
    {.name = "conv_transpose2d/plain", .inputs = {{2, 3, 4, 3}, {2, 3, 2, 3}}, .call = call<plain2>, .same_as = composed<plain2>},
    {.name = "conv_transpose2d/axes apart", .inputs = {{1, 3, 4, 2}, {3, 2, 2, 2}}, .call = call<apart2>, .same_as = composed<apart2>},
    {.name = "conv_transpose2d/groups", .inputs = {{2, 3, 3, 4}, {3, 3, 2, 4}}, .call = call<grouped2>, .same_as = composed<grouped2>},
    {.name = "conv_transpose2d/depthwise", .inputs = {{1, 3, 2, 4}, {3, 3, 1, 4}}, .call = call<depthwise2>, .same_as = composed<depthwise2>},
    {.name = "conv_transpose2d/bias", .inputs = {{1, 3, 3, 3}, {2, 2, 2, 3}, {2}},
     .call = [](Vars in) { return conv_transpose2d(in[0], in[1], in[2]); },
     .same_as = [](Vars in) { return conv_transpose2d(in[0], in[1]) + in[2]; }},
    {.name = "conv_transpose2d/weight of rank three", .inputs = {{1, 3, 3, 2}, {2, 2, 2}}, .call = call<plain2>, .rejects = true},
    {.name = "conv_transpose2d/no stride", .inputs = {{1, 3, 3, 3}, {2, 2, 2, 3}},
     .call = [](Vars in) { return conv_transpose2d(in[0], in[1], {.stride = {1, 0}}); }, .rejects = true})
// clang-format on

}  // namespace heed
