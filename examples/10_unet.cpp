// A U-Net labels each pixel: it sees the whole picture from above, and the edges from the level where they are sharp.
#include <cmath>
#include <cstdio>
#include <random>
#include <heed/heed.hpp>
using namespace heed;

// Two convolutions with batch normalisation, which knows by the tape whether it trains.
struct Block {
    nn::Conv2d first, second;
    nn::BatchNorm norm1, norm2;
    Block(const nn::Params& p, Dim in, Dim out)
        : first(p / "first", in, out, 3, {.padding = 1}), second(p / "second", out, out, 3, {.padding = 1}),
          norm1(p / "norm1", out), norm2(p / "norm2", out) {}
    Var operator()(In x) const { return relu(norm2(second(relu(norm1(first(x)))))); }
};

// Ronneberger, Fischer, Brox, 2015, with two levels below the first.
struct UNet {
    Block down1, down2, middle, up2, up1;
    nn::ConvTranspose2d wider2, wider1;
    nn::Linear label;
    UNet(const nn::Params& p, Dim c, Dim classes)
        : down1(p / "down1", 1, c), down2(p / "down2", c, 2 * c), middle(p / "middle", 2 * c, 4 * c),
          up2(p / "up2", 4 * c, 2 * c), up1(p / "up1", 2 * c, c), wider2(p / "wider2", 4 * c, 2 * c, 2, {.stride = 2}),
          wider1(p / "wider1", 2 * c, c, 2, {.stride = 2}), label(p / "label", c, classes) {}
    Var operator()(In x) const {  // (b, h, w, 1) -> logits (b, h, w, classes); h and w are divisible by four
        const Var x1 = down1(x), x2 = down2(max_pool2d(x1, 2));
        const Var x4 = middle(max_pool2d(x2, 2));
        const Var y2 = up2(concat({wider2(x4), x2}));
        return label(up1(concat({wider1(y2), x1})));
    }
};

// Pictures with noise of a disc and a square, both equally bright; the label of each pixel: 0 nothing, 1 disc, 2
// square.
struct Pictures {
    static constexpr Dim side = 32;
    Array x;
    Ints labels;
    Pictures(std::mt19937& random, Dim count)
        : x(Array::from_shape({count, side, side, 1})), labels(Ints::from_shape({count, side, side})) {
        std::normal_distribution<double> noise(0, 0.3);
        std::uniform_int_distribution<Dim> position(6, side - 7), radius(4, 7);
        for (Dim i = 0; i < count; ++i) {
            const Dim r = radius(random), s = radius(random) - 1;
            const Dim ax = position(random), ay = position(random), bx = position(random), by = position(random);
            for (Dim h = 0; h < side; ++h) {
                for (Dim w = 0; w < side; ++w) {
                    const bool disc = (h - ay) * (h - ay) + (w - ax) * (w - ax) <= r * r;
                    const bool square = std::abs(h - by) <= s && std::abs(w - bx) <= s;  // where both are, in front
                    labels(i, h, w) = square ? 2 : disc ? 1 : 0;
                    x(i, h, w, 0) = static_cast<Real>((square || disc ? 1 : 0) + noise(random));
                }
            }
        }
    }
};

// The mean over both shapes of: pixels in which label and prediction agree, of those that either has.
double intersection_over_union(const Ints& predicted, const Ints& labels) {
    double mean = 0;
    for (const int shape : {1, 2}) {
        double both = 0, either = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const bool is = labels.data()[i] == shape, found = predicted.data()[i] == shape;
            both += is && found;
            either += is || found;
        }
        mean += both / either / 2;
    }
    return mean;
}

int main() {
    std::mt19937 random(1);
    const nn::Params params(42);
    const UNet model(params, 8, 3);
    nn::Adam adam(params, {.lr = 5e-3});
    for (int step = 1; step <= 400; ++step) {
        const Pictures batch(random, 8);
        Tape tape;
        const Var loss = cross_entropy(model(batch.x), batch.labels);
        tape.backward(loss);
        adam.step();
        if (step % 100 == 0) std::printf("step %d  loss %.3f\n", step, static_cast<double>(loss.item()));
    }
    const Pictures unseen(random, 64);
    const Ints predicted = argmax(model(unseen.x));  // no tape: by the running averages of the norms
    for (Dim h = 0; h < Pictures::side; h += 2) {    // the brightness that is seen, and what is found
        for (Dim w = 0; w < Pictures::side; ++w)
            std::putchar(" .:+#"[std::lround(4 * std::fmin(1, std::fmax(0, unseen.x(0, h, w, 0))))]);
        std::printf("   ");
        for (Dim w = 0; w < Pictures::side; ++w) std::putchar(".os"[predicted(0, h, w)]);
        std::printf("\n");
    }
    const double agreement = intersection_over_union(predicted, unseen.labels);
    std::printf("%d parameters, intersection over union %.2f\n", static_cast<int>(params.count()), agreement);
    return agreement > 0.75 ? 0 : 1;
}
