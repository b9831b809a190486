// Layers for sequences and images: shapes, initial values, refusals, and a small one that learns.
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/nn/layers/train_step.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("nn: convolutions have channels last", "[nn]") {
    nn::Params params(1);
    const nn::Conv1d steps(params / "steps", 4, 6, 3, {.stride = 2, .padding = 1, .groups = 2});
    const nn::Conv2d image(params / "image", 2, 5, {3, 2}, {.padding = {1, 0}});
    const nn::GroupNorm norm(params / "norm", 5, 5);
    CHECK(steps.weight.shape() == Shape{3, 2, 6});
    CHECK(steps(filled({2, 7, 4}, 1)).shape() == Shape{2, 4, 6});
    CHECK(image.weight.shape() == Shape{3, 2, 2, 5});
    CHECK(norm(image(filled({1, 4, 4, 2}, 1))).shape() == Shape{1, 4, 3, 5});
    double most = 0;
    for (const double w : elements(steps.weight.value())) most = std::max(most, std::abs(w));
    CHECK(most <= 1 / std::sqrt(6.0));
    CHECK(most > 0.9 / std::sqrt(6.0));
    CHECK(params.count() == 3 * 2 * 6 + 6 + 3 * 2 * 2 * 5 + 5 + 10);
}

TEST_CASE("nn: transposed convolutions undo the shapes of convolutions", "[nn]") {
    nn::Params params(1);
    const nn::Conv1d down(params / "down", 4, 6, 4, {.stride = 2, .padding = 1, .groups = 2});
    const nn::ConvTranspose1d up(params / "up", 6, 4, 4, {.stride = 2, .padding = 1, .groups = 2});
    const nn::ConvTranspose2d image(params / "image", 2, 5, {3, 2}, {.stride = 2, .output_padding = {1, 0}});
    CHECK(up.weight.shape() == down.weight.shape());
    CHECK(up(down(filled({2, 8, 4}, 1))).shape() == Shape{2, 8, 4});
    CHECK(image.weight.shape() == Shape{3, 2, 5, 2});
    CHECK(image(filled({1, 4, 4, 2}, 1)).shape() == Shape{1, 10, 8, 5});
    double most = 0;
    for (const double w : elements(image.weight.value())) most = std::max(most, std::abs(w));
    CHECK(most <= 1 / std::sqrt(30.0));
    CHECK(most > 0.8 / std::sqrt(30.0));
    // The same weight, without biases: <up(y), x> = <y, down(x)>.
    const Var x = randn({2, 8, 4}, Key{1, 1}), y = randn({2, 4, 6}, Key{1, 2});
    const Var there = sum(y * conv1d(x, down.weight, down.options)),
              back = sum(x * conv_transpose1d(y, down.weight, up.options));
    CHECK(there.item() == Approx(back.item()).epsilon(1e-4));
    CHECK_THAT(text_of([&] { nn::ConvTranspose1d(params / "a", 3, 4, 1, {.groups = 2}); }),
               StartsWith("ConvTranspose1d: groups is 2; expected a divisor of in 3 and out 4\n") &&
                   Containing("tests/nn/layers/test_conv.cpp:"));
}

TEST_CASE("nn: layers of groups refuse what does not divide", "[nn]") {
    nn::Params params(1);
    CHECK_THAT(text_of([&] { nn::Conv1d(params / "a", 3, 4, 1, {.groups = 2}); }),
               StartsWith("Conv1d: groups is 2; expected a divisor of in 3 and out 4\n") &&
                   Containing("tests/nn/layers/test_conv.cpp:"));
    CHECK_THAT(text_of([&] { nn::Conv2d(params / "b", 2, 3, 1, {.groups = 2}); }),
               StartsWith("Conv2d: groups is 2; expected a divisor of in 2 and out 3"));
    CHECK_THAT(text_of([&] { nn::Conv2d(params / "c", 2, 2, 1, {.groups = 0}); }), StartsWith("Conv2d: groups is 0;"));
    const nn::Conv1d steps(params / "steps", 2, 2, 3);
    CHECK_THAT(text_of([&] {
                   steps(filled({1, 2, 2}, 1));
               }),
               StartsWith("conv1d 'steps': argument 'x' has shape (1, 2, 2); expected at least 3 at axis 1 because "
                          "'weight' is (3, 2, 2), dilation 1 and padding 0\n"));
}

TEST_CASE("nn: recurrent layers take a batch without examples", "[nn]") {
    const nn::Params params(1);
    const Ints nobody = Ints::from_shape({0});
    const Var nothing(Array::from_shape({0, 5, 3}));
    CHECK(nn::LSTM(params / "lstm", 3, 4, {.bidirectional = true})(nothing, nobody).outputs.shape() == Shape{0, 5, 8});
    CHECK(nn::GRU(params / "gru", 3, 4, {.bidirectional = true})(nothing, nobody).outputs.shape() == Shape{0, 5, 8});
    const nn::GRU deep(params / "deep", 3, 4, {.layers = 2});
    CHECK(deep(nothing, deep(nothing).states).states.layers[1].shape() == Shape{0, 4});
}

// Classifies noise that contains either a rising or a falling bump.
TEST_CASE("nn: a convolution and an LSTM learn to tell two shapes apart", "[nn][trains]") {
    const nn::Params params(5);
    const nn::Conv1d filters(params / "filters", 1, 8, 5, {.stride = 2, .padding = 2});
    const nn::GroupNorm norm(params / "norm", 2, 8);
    const nn::LSTM memory(params / "memory", 8, 8, {.bidirectional = true});
    const nn::Linear answer(params / "answer", 16, 2);
    nn::Adam adam(params, {.lr = 1e-2});
    Draws random(Key{4, 4}, 0);
    double first = 0, last = 0;
    for (int step = 0; step < 80; ++step) {
        Array x = Array::from_shape({32, 16, 1});
        Ints labels = Ints::from_shape({32}), lengths = Ints::from_shape({32});
        for (Dim b = 0; b < 32; ++b) {
            const Dim rising = random.below(2), start = random.below(12);
            for (Dim t = 0; t < 16; ++t) x(b, t, 0) = static_cast<Real>(0.3 * random.normal());
            for (Dim t = 0; t < 4; ++t) x(b, start + t, 0) += static_cast<Real>(rising ? t : 3 - t);
            labels(b) = rising;
            lengths(b) = 8;
        }
        last = test::train_step(params, adam, [&] {
            return cross_entropy(answer(memory(relu(norm(filters(x))), lengths).last.h), labels);
        });
        if (step == 0) first = last;
    }
    CHECK(first > 0.5);
    CHECK(last < 0.2);
}
