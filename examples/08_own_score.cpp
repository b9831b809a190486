// An own score: a lambda becomes a part of the fused kernel, with its derivative, in memory that grows with T alone.
#include <cstdio>
#include <heed/heed.hpp>
#include <heed/ops/attention/score.hpp>
using namespace heed;

constexpr Dim width = 16;

// The score of a query and a key: their distance, each of its elements weighted by a learned parameter.
// The kernel calls the lambda on vectors of elements, and once more on dual numbers, which carry the derivative along.
Var fused(const Var& q, const Var& k, const Var& v, const Var& sharpness) {
    const Score distance = score::pairwise([](auto a, auto b, auto w) { return -w * abs(a - b); }, sharpness);
    return attention(q, k, v, {.mask = causal(), .score = distance});
}

// The same from primitive ops. The differences are an array of T x T x width, which the backward sweep needs again.
Var composed(const Var& q, const Var& k, const Var& v, const Var& sharpness) {
    const Var difference = unsqueeze(q, 3) - unsqueeze(k, 2);  // (1, 1, T, T, width)
    const Var scores = -sum(sharpness * abs(difference), -1);  // (1, 1, T, T)
    return matmul(softmax(masked(scores, causal())), v);
}

Var leaf(const Shape& shape, std::uint64_t stream) {
    Array x = Array::from_shape(shape);
    nn::init::normal(1)(x, RandomStream(Key{3}, stream));
    return Var::leaf(x);
}

// A forward and a backward: the result, the gradient of each operand, and the most memory that was in use meanwhile.
struct Outcome {
    Var y;
    Array gradients[4];
    double megabytes;
};
template <class Attend>
Outcome run(const Attend& attend, Dim length) {
    const Shape shape{1, 1, length, width};
    const Var operands[] = {leaf(shape, 1), leaf(shape, 2), leaf(shape, 3), leaf({width}, 4)};
    Outcome outcome;
    reset_memory_peak();
    const std::size_t before = memory_report().live;
    {
        Tape tape;
        outcome.y = attend(operands[0], operands[1], operands[2], operands[3]);
        tape.backward(mean(square(outcome.y)));
    }
    outcome.megabytes = static_cast<double>(memory_report().peak - before) / 1e6;
    for (int i = 0; i < 4; ++i) outcome.gradients[i] = operands[i].grad();
    return outcome;
}

int main() {
    double first = 0, last = 0;
    bool agree = true;
    std::printf("    T    fused     composed   largest difference\n");
    for (const Dim length : {128, 256, 512, 1024, 2048, 4096}) {
        const Outcome a = run(fused, length);
        std::printf("%5d %7.2f MB", static_cast<int>(length), a.megabytes);
        if (length <= 1024) {
            const Outcome b = run(composed, length);
            Var difference = max(abs(a.y - b.y));
            for (int i = 0; i < 4; ++i)
                difference = maximum(difference, max(abs(Var(a.gradients[i]) - Var(b.gradients[i]))));
            std::printf(" %9.2f MB   %.1e", b.megabytes, static_cast<double>(difference.item()));
            agree = agree && difference.item() < 1e-4;
        }
        std::printf("\n");
        if (length == 128) first = a.megabytes;
        last = a.megabytes;
    }
    std::printf("fused: 32 times the length, %.0f times the memory\n", last / first);
    return agree && last < 40 * first ? 0 : 1;
}
