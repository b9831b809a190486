#pragma once
// What conv and conv_transpose share: the three ops of one trilinear form. With <y, conv(x, w)> as the form, each of
// them is its derivative by one of x, w and y, and its own derivatives are the other two; so all can be differentiated
// again.
// Private to heed; not installed.
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/conv/conv.hpp>

namespace heed {

// A convolution of x to y with one or two spatial `axes`, which are the last of the kernel's two.
struct HEED_ABI Convolution {
    const char* op;
    std::size_t axes;
    kernel::Conv c = {};
    Shape x() const { return axes == 1 ? Shape{c.batch, c.size[1], c.in} : Shape{c.batch, c.size[0], c.size[1], c.in}; }
    Shape y() const {
        return axes == 1 ? Shape{c.batch, c.result[1], c.out} : Shape{c.batch, c.result[0], c.result[1], c.out};
    }
    Shape w() const {
        const Dim in = c.in / c.groups;
        return axes == 1 ? Shape{c.taps[1], in, c.out} : Shape{c.taps[0], c.taps[1], in, c.out};
    }
};

Var conv_to_y(const Convolution& f, In x, In w, const In* bias = nullptr);  // the convolution; bias (out)
Var conv_to_x(const Convolution& f, In y, In w, const In* bias = nullptr);  // the transposed one; bias (in)
Var conv_to_w(const Convolution& f, In x, In y);

// The convolution of this weight, whose sizes and results are still to be found: checks ranks, groups, strides,
// paddings and dilations. `channels` names the last two axes of the weight.
Convolution convolution_of(const char* op, const In& x, const In& weight, const char* channels,
                           const Conv2dOptions& options, std::size_t axes, Site check = Site::current());

inline void expect_bias(const char* op, const In& bias, Dim channels, const In& weight, Site check = Site::current()) {
    expect(
        bias.rank() == 1 && bias.dim(0) == channels, op, "bias", bias.shape(),
        [&] { return fmt::format("({}) because 'weight' is {}", channels, to_string(weight.shape())); }, bias.at,
        check);
}

}  // namespace heed
