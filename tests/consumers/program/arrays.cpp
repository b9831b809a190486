// Arrays of constant sizes and lists of numbers, which the optimiser of g++ follows into heed and xtensor: it must find
// nothing to warn of.
#include <heed/heed.hpp>
using namespace heed;

float read(int n) {
    float sum = 0;
    for (int i = 0; i < n; ++i) {
        Array x = filled({400}, 0);
        sum += x(3);
    }
    return sum;
}

Array last(int n) {
    Array x = filled({400}, 0);
    for (int i = 0; i < n; ++i) x = filled({400}, 0);
    return x;
}

void write(std::vector<Array>& all, int n) {
    for (int i = 0; i < n; ++i) {
        Array x = filled({400}, 0), y = x;
        x(i) = y.data()[i] = 1;
        all.push_back(std::move(x));
    }
}

float parts(int n) {
    float sum = 0;
    for (int i = 0; i < n; ++i) {
        const Array x = filled({400}, 0);
        sum += reshaped(x, {20, 20})(1, 2) + part_of(x, 3, {4})(1) + filled({2, 2}, 0)(1, 1) + filled({}, 3)();
    }
    return sum;
}

float listed() {
    Array x{1, 2, 3, 4};
    float sum = 0;
    for (float value : x) sum += value;
    return sum;
}

Var chosen(const Var& a, const Var& b) { return where(reshaped(Array{1, 0, 0, 1, 0, 1}, {2, 3, 1}), a, b); }

Ints labels() {
    Ints y = Ints::from_shape({64, 8});
    std::fill_n(y.data(), 512, 3);
    return y;
}

Var train(int n) {
    nn::Params params(1);
    nn::Linear layer(params, 400, 3);
    nn::Adam adam(params, {.lr = 1e-3});
    for (int i = 0; i < n; ++i) {
        Tape tape;
        Array x = filled({1, 400}, 0);
        x(0, i) = 1;
        tape.backward(cross_entropy(layer(x), Ints{1}));
        adam.step();
    }
    return layer(filled({1, 400}, 0));
}
