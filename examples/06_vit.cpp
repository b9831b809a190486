// A vision transformer of 40 lines (models/vit.hpp) learns what images show that the program draws itself.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <heed/examples/models/vit.hpp>
#include <heed/heed.hpp>
using namespace heed;

constexpr Dim side = 16;
const char* names[] = {"disc", "ring", "square", "cross", "stripes"};

// Shapes of any size and position, as functions of the distance from their middle: inside or not.
bool inside(int shape, int dx, int dy, int size) {
    const int far = std::max(std::abs(dx), std::abs(dy)), near = std::min(std::abs(dx), std::abs(dy));
    const double radius = std::hypot(dx, dy);
    switch (shape) {
    case 0: return radius <= size;
    case 1: return radius <= size && radius > size - 1.8;
    case 2: return far <= size - 1;
    case 3: return far <= size && near == 0;
    default: return far <= size && dy % 2 == 0;
    }
}

struct Batch {
    Array images;  // (b, side, side), 1 inside a shape and 0 outside, with noise
    Ints labels;
    Batch(Dim count, std::mt19937& random)
        : images(Array::from_shape({count, side, side})), labels(Ints::from_shape({count})) {
        std::normal_distribution<Real> noise(0, Real(0.25));
        const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
        for (Dim i = 0; i < count; ++i) {
            const int shape = draw(0, 4), size = draw(3, 5), x = draw(5, 10), y = draw(5, 10);
            labels(i) = shape;
            for (int row = 0; row < side; ++row)
                for (int column = 0; column < side; ++column)
                    images(i, row, column) = Real(inside(shape, column - x, row - y, size)) + noise(random);
        }
    }
};

int main() {
    std::mt19937 random(1);
    const nn::Params params(42);
    const models::Vit model(params, {.side = side, .patch = 4, .classes = 5, .layers = 2, .width = 48, .hidden = 96});
    nn::AdamW adam(params, {.lr = 2e-3});
    for (int step = 1; step <= 1000; ++step) {
        const Batch batch(64, random);  // new images in every step: nothing can be learnt by heart
        Tape tape;
        const Var loss = cross_entropy(model(batch.images), batch.labels);
        tape.backward(loss);
        adam.step();
        if (step % 250 == 0) std::printf("step %4d  loss %.3f\n", step, static_cast<double>(loss.item()));
    }

    const Batch unseen(500, random);
    const Ints predicted = argmax(model(unseen.images));
    int right = 0;
    for (Dim i = 0; i < 500; ++i) right += predicted(i) == unseen.labels(i);

    for (Dim i = 0; i < 5; ++i) std::printf("  predicted: %-7s", names[predicted(i)]);
    for (Dim row = 0; row < side; ++row)
        for (Dim i = 0; i < 5; ++i) {
            std::printf(i ? "    " : "\n  ");
            for (Dim column = 0; column < side; ++column)
                std::printf("%c", unseen.images(i, row, column) > Real(0.5) ? '#' : '.');
        }
    std::printf("\n");
    std::printf("%d parameters, %.1f %% of 500 new images right\n", static_cast<int>(params.count()), right / 5.0);
    return right > 450 ? 0 : 1;
}
