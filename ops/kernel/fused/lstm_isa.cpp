// The gates of a long short-term memory for one instruction set.
#include <heed/ops/kernel/fused/fused_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

void forward(const Real* gx, const Real* gh, const Real* c, Real* h_next, Real* c_next, Real* gates, Dim width) {
    row_each(width, [&](Dim k, Dim count) {
        const auto sum = [&](Dim gate) {
            return load(gx + gate * width + k, count) + load(gh + gate * width + k, count);
        };
        const V i = sigmoid(sum(0)), f = sigmoid(sum(1)), g = tanh_of(sum(2)), o = sigmoid(sum(3));
        store(gates + k, i, count);
        store(gates + width + k, f, count);
        store(gates + 2 * width + k, g, count);
        store(gates + 3 * width + k, o, count);
        const V next = fma(f, load(c + k, count), i * g);
        store(c_next + k, next, count);
        store(h_next + k, o * tanh_of(next), count);
    });
}

void backward(const Real* c, const Real* c_next, const Real* gates, const Real* dh_next, const Real* dc_next,
              Real* dgates, Real* dc, Dim width) {
    const V one(Real(1));
    row_each(width, [&](Dim k, Dim count) {
        const V i = load(gates + k, count), f = load(gates + width + k, count);
        const V g = load(gates + 2 * width + k, count), o = load(gates + 3 * width + k, count);
        const V t = tanh_of(load(c_next + k, count)), dy = load(dh_next + k, count);
        const V d = fma(dy * o, one - t * t, load(dc_next + k, count));
        store(dgates + k, d * g * (i * (one - i)), count);
        store(dgates + width + k, d * load(c + k, count) * (f * (one - f)), count);
        store(dgates + 2 * width + k, d * i * (one - g * g), count);
        store(dgates + 3 * width + k, dy * t * (o * (one - o)), count);
        store(dc + k, d * f, count);
    });
}

}  // namespace

void fill(LstmFamily& t) { t = {forward, backward}; }

}  // namespace heed::kernel::HEED_ISA_NS
