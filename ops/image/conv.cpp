// conv1d and conv2d: convolutions, channels last.
#include <heed/ops/image/conv_parts.hpp>

namespace heed {
namespace {

// Checks everything but the bias.
Convolution geometry(const char* op, const In& x, const In& weight, const Conv2dOptions& options, std::size_t axes) {
    Convolution f = convolution_of(op, x, weight, "in / groups, out", options, axes);
    kernel::Conv& c = f.c;
    expect(
        x.dim(-1) == c.in, op, "x", x.shape(),
        [&] {
            return fmt::format("{} channels because 'weight' is {} and groups is {}", c.in, to_string(weight.shape()),
                               c.groups);
        },
        x.at);
    for (std::size_t i = 2 - axes; i < 2; ++i) {
        const std::size_t axis = i + axes - 1;
        c.size[i] = x.shape()[axis];
        const Dim span = saturated_sum(saturated_product(c.dilation[i], c.taps[i] - 1), 1),
                  padded = c.size[i] + 2 * c.padding[i];
        expect(
            padded >= span, op, "x", x.shape(),
            [&] {
                return fmt::format("at least {} at axis {} because 'weight' is {}, dilation {} and padding {}",
                                   span - 2 * c.padding[i], axis, to_string(weight.shape()), c.dilation[i],
                                   c.padding[i]);
            },
            x.at);
        c.result[i] = (padded - span) / c.stride[i] + 1;
    }
    require_sizes(op, f.y(), x.at);
    return f;
}

Var biased(const Convolution& f, const In& x, const In& weight, const In& bias) {
    expect_bias(f.op, bias, f.c.out, weight);
    return conv_to_y(f, x, weight, &bias);
}

Conv2dOptions of_images(const Conv1dOptions& o) {
    return {.stride = {1, o.stride}, .padding = {0, o.padding}, .dilation = {1, o.dilation}, .groups = o.groups};
}

}  // namespace

// y_ijo = bias_o + sum_uvc x_(i s - p + u d, j s - p + v d, c) w_uvco with stride s, padding p, dilation d; x is 0
// outside.
Var conv1d(In x, In weight, const Conv1dOptions& options) {
    return conv_to_y(geometry("conv1d", x, weight, of_images(options), 1), x, weight);
}
Var conv1d(In x, In weight, In bias, const Conv1dOptions& options) {
    return biased(geometry("conv1d", x, weight, of_images(options), 1), x, weight, bias);
}
Var conv2d(In x, In weight, const Conv2dOptions& options) {
    return conv_to_y(geometry("conv2d", x, weight, options, 2), x, weight);
}
Var conv2d(In x, In weight, In bias, const Conv2dOptions& options) {
    return biased(geometry("conv2d", x, weight, options, 2), x, weight, bias);
}

#ifdef HEED_TESTING
namespace {
// A sum over the taps of what each sees, times its matrix.
Var taps(const Var& x, const Var& weight, const Conv2dOptions& o) {
    const Var padded = pad(x, {{o.padding.first, o.padding.first}, {o.padding.second, o.padding.second}, {0, 0}});
    const Dim in = weight.shape()[2], out = weight.shape()[3] / o.groups;
    const auto steps = [](const Var& v, Dim axis, Dim tap, Dim taps, Dim stride, Dim dilation) {
        return slice(v, axis, tap * dilation, v.dim(axis) - (taps - 1 - tap) * dilation, stride);
    };
    std::vector<Var> groups;
    for (Dim g = 0; g < o.groups; ++g) {
        Var y;
        for (Dim u = 0; u < weight.dim(0); ++u)
            for (Dim v = 0; v < weight.dim(1); ++v) {
                const Var rows = steps(padded, 1, u, weight.dim(0), o.stride.first, o.dilation.first);
                const Var seen = steps(rows, 2, v, weight.dim(1), o.stride.second, o.dilation.second);
                const Var term = matmul(slice(seen, -1, g * in, (g + 1) * in),
                                        slice(pick(pick(weight, 0, u), 0, v), -1, g * out, (g + 1) * out));
                y = y.defined() ? y + term : term;
            }
        groups.push_back(y);
    }
    return concat(groups);
}
Var taps(const Var& x, const Var& weight, const Conv1dOptions& o) {
    return pick(taps(unsqueeze(x, 1), unsqueeze(weight, 0), of_images(o)), 1, 0);
}

Var conv(const Var& x, const Var& weight, const Conv1dOptions& o) { return conv1d(x, weight, o); }
Var conv(const Var& x, const Var& weight, const Conv2dOptions& o) { return conv2d(x, weight, o); }
template <auto options>
Var call(Vars in) {
    return conv(in[0], in[1], options);
}
template <auto options>
Var composed(Vars in) {
    return taps(in[0], in[1], options);
}

constexpr Conv1dOptions plain1, same1{.padding = 1}, strided1{.stride = 2, .padding = 2},
    dilated1{.padding = 2, .dilation = 2}, two_groups1{.stride = 2, .groups = 2}, depthwise1{.padding = 1, .groups = 3};
constexpr Conv2dOptions same2{.padding = 1}, rows2{.padding = {0, 1}};
constexpr Conv2dOptions plain2, wide2{.stride = {2, 1}, .padding = {0, 1}}, dilated2{.padding = 1, .dilation = {1, 2}},
    grouped2{.padding = 1, .groups = 2}, depthwise2{.stride = 2, .padding = 1, .groups = 4};
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "conv1d/plain", .inputs = {{2, 5, 3}, {3, 3, 4}}, .call = call<plain1>, .same_as = composed<plain1>},
    {.name = "conv1d/padded", .inputs = {{1, 4, 2}, {3, 2, 2}}, .call = call<same1>, .same_as = composed<same1>},
    {.name = "conv1d/strided", .inputs = {{2, 7, 2}, {3, 2, 3}}, .call = call<strided1>, .same_as = composed<strided1>},
    {.name = "conv1d/dilated", .inputs = {{1, 6, 2}, {3, 2, 2}}, .call = call<dilated1>, .same_as = composed<dilated1>},
    {.name = "conv1d/groups", .inputs = {{2, 5, 4}, {2, 2, 6}}, .call = call<two_groups1>, .same_as = composed<two_groups1>},
    {.name = "conv1d/depthwise", .inputs = {{2, 4, 3}, {3, 1, 3}}, .call = call<depthwise1>, .same_as = composed<depthwise1>},
    {.name = "conv1d/one tap", .inputs = {{2, 3, 4}, {1, 4, 3}}, .call = call<plain1>, .same_as = composed<plain1>},
    {.name = "conv1d/bias", .inputs = {{2, 4, 2}, {2, 2, 3}, {3}}, .call = [](Vars in) { return conv1d(in[0], in[1], in[2]); },
     .same_as = [](Vars in) { return conv1d(in[0], in[1]) + in[2]; }},
    {.name = "conv1d/no examples", .inputs = {{0, 4, 2}, {2, 2, 3}}, .call = call<plain1>, .flat = true},
    {.name = "conv1d/many rows", .inputs = {{3, 701, 1}, {2, 1, 1}}, .call = call<same1>, .same_as = composed<same1>},
    {.name = "conv1d/whole vectors", .inputs = {{2, 7, 6}, {3, 6, 16}}, .call = call<same1>, .same_as = composed<same1>},
    {.name = "conv1d/x of rank two", .inputs = {{4, 2}, {2, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv1d/channels differ", .inputs = {{2, 4, 3}, {2, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv1d/too short", .inputs = {{2, 2, 2}, {3, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv1d/no taps", .inputs = {{2, 2, 2}, {0, 2, 3}}, .call = call<plain1>, .rejects = true},
    {.name = "conv1d/groups do not divide", .inputs = {{2, 4, 4}, {2, 2, 3}}, .call = call<two_groups1>, .rejects = true},
    {.name = "conv1d/no stride", .inputs = {{2, 4, 2}, {2, 2, 3}}, .call = [](Vars in) { return conv1d(in[0], in[1], {.stride = 0}); },
     .rejects = true},
    {.name = "conv1d/bias differs", .inputs = {{2, 4, 2}, {2, 2, 3}, {2}}, .call = [](Vars in) { return conv1d(in[0], in[1], in[2]); },
     .rejects = true},
    {.name = "conv2d/plain", .inputs = {{2, 4, 5, 2}, {2, 3, 2, 3}}, .call = call<plain2>, .same_as = composed<plain2>},
    {.name = "conv2d/stride and padding apart", .inputs = {{1, 5, 4, 2}, {3, 2, 2, 2}}, .call = call<wide2>, .same_as = composed<wide2>},
    {.name = "conv2d/dilated", .inputs = {{2, 3, 4, 1}, {2, 2, 1, 3}}, .call = call<dilated2>, .same_as = composed<dilated2>},
    {.name = "conv2d/groups", .inputs = {{2, 3, 3, 4}, {3, 3, 2, 2}}, .call = call<grouped2>, .same_as = composed<grouped2>},
    {.name = "conv2d/depthwise", .inputs = {{1, 5, 4, 4}, {3, 3, 1, 4}}, .call = call<depthwise2>, .same_as = composed<depthwise2>},
    {.name = "conv2d/bias", .inputs = {{1, 3, 3, 2}, {2, 2, 2, 3}, {3}}, .call = [](Vars in) { return conv2d(in[0], in[1], in[2]); },
     .same_as = [](Vars in) { return conv2d(in[0], in[1]) + in[2]; }},
    {.name = "conv2d/whole vectors", .inputs = {{2, 5, 4, 6}, {2, 3, 6, 16}}, .call = call<wide2>, .same_as = composed<wide2>},
    {.name = "conv2d/whole vectors both ways", .inputs = {{1, 3, 4, 16}, {2, 2, 16, 16}}, .call = call<plain2>,
     .same_as = composed<plain2>},
    {.name = "conv2d/tiles of two by two", .inputs = {{2, 6, 6, 12}, {3, 3, 12, 16}}, .call = call<same2>, .same_as = composed<same2>},
    {.name = "conv2d/odd results and part of a vector", .inputs = {{1, 7, 5, 16}, {3, 3, 16, 13}},
     .call = call<rows2>, .same_as = composed<rows2>},
    {.name = "conv2d/weight of rank three", .inputs = {{1, 3, 3, 2}, {2, 2, 3}}, .call = call<plain2>, .rejects = true},
    {.name = "conv2d/too narrow", .inputs = {{1, 3, 1, 2}, {2, 2, 2, 3}}, .call = call<plain2>, .rejects = true},
    {.name = "conv2d/negative padding", .inputs = {{1, 3, 3, 2}, {2, 2, 2, 3}},
     .call = [](Vars in) { return conv2d(in[0], in[1], {.padding = {0, -1}}); }, .rejects = true})
// clang-format on

}  // namespace heed
