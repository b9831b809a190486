// What is at the nearest of eight positions? A distance is needed: no product of projections is largest for the nearest
// key.
#include <cstdio>
#include "distance.hpp"
#include <heed/heed.hpp>
#include <heed/ops/attention/score.hpp>
using namespace heed;

double trained(
    bool distance) {  // the mean squared error after training, with a lambda as the score or with the scaled product
    nn::Params params(1);
    const nn::Linear q(params / "q", 2, 8), k(params / "k", 2, 8);
    const Var sharpness = params.make("sharpness", {2}, nn::init::constant(1));
    const Score gauss = score::pairwise([](auto x, auto y, auto w) { return -w * (x - y) * (x - y); }, sharpness);
    nn::Adam adam(params, {.lr = 0.1});
    double error = 0;
    for (std::uint64_t step = 0; step < 300; ++step) {
        const RandomStream random(Key{7, step}, 0);
        Array place = Array::from_shape({64, 1, 8, 2}), value = Array::from_shape({64, 1, 8, 1}),
              near = Array::from_shape({64, 1, 1, 2});
        for (Dim i = 0; i < count(place); ++i)
            place.data()[i] = static_cast<Real>(2 * random.uniform(static_cast<std::uint64_t>(i)) - 1);
        for (Dim i = 0; i < count(value); ++i)
            value.data()[i] = static_cast<Real>(random.normal(static_cast<std::uint64_t>(i)));
        for (Dim b = 0; b < 64; ++b)
            near(b, 0, 0, 0) = place(b, 0, b % 8, 0) + Real(0.02), near(b, 0, 0, 1) = place(b, 0, b % 8, 1);
        Array wanted = Array::from_shape({64, 1, 1, 1});
        for (Dim b = 0; b < 64; ++b) wanted(b, 0, 0, 0) = value(b, 0, b % 8, 0);
        Tape tape;
        const Var loss = mse_loss(
            distance ? attention(near, place, value, {.score = gauss}) : attention(q(near), k(place), value), wanted);
        tape.backward(loss);
        adam.step();
        error = static_cast<double>(loss.item());
    }
    return error;
}

int main() {
    const double distance = trained(true), product = trained(false);
    std::printf("mean square error: %.3f with a distance, %.3f with a product\n", distance, product);
    const Score all = score::pairwise(Distance{2});  // the same kind of score, compiled for every instruction set
    std::printf("Distance runs on %s\n", explain(Array::from_shape({1, 1, 4, 2}), Array::from_shape({1, 1, 4, 2}),
                                                 Array::from_shape({1, 1, 4, 1}), {.score = all})
                                             .isa.c_str());
    return distance < 0.3 && distance < product / 2 ? 0 : 1;
}
