#pragma once
// Products of operands rounded to bfloat16, while a program asks for them.
#include <heed/core/base/bfloat16.hpp>
#include <heed/core/var.hpp>

namespace heed {

// While it is alive, matmul, linear and linear_cross_entropy of this thread round what they multiply to bfloat16 (8
// bits of the 24 that a float has) and add up the products as Reals. Their backward keeps the rounded operands, in half
// the memory, and multiplies in the same way, wherever it runs. Parameters, results, gradients and all other ops are as
// ever: attention's kernels, recurrent states, norms.
//     const Bfloat16Products rounded;
//     Tape tape;
//     tape.backward(loss(model, batch));
// `Bfloat16Products exact(false)` inside does without for a part that needs all digits. A processor with AVX512_BF16
// does twice as many multiply-adds (docs/measure/performance.md); on one that has not, the bits are the same, but for
// values below 1.2e-38.
class HEED_ABI Bfloat16Products : public ThreadScope<Bfloat16Products> {
public:
    Bfloat16Products() noexcept : Bfloat16Products(true) {}
    explicit Bfloat16Products(bool on) noexcept : on_(on) {}
    static bool on() noexcept { return innermost() && innermost()->on_; }
    static Storage<Bfloat16> rounded(const In& x);  // for ops, while it is on

private:
    bool on_;
    Var last_;  // the last operand rounded, parameters apart: queries, keys and values are often made of the same one
    std::uint32_t version_ = 0;
    Storage<Bfloat16> values_;
};

}  // namespace heed
