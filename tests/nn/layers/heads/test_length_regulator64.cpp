// The length regulator against concatenated slices, and its gradients, in double.
#include <heed/nn/layers/heads/length_regulator.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("nn: the length regulator repeats each position as often as its duration says", "[nn]") {
    const Var x = Var::leaf(noise({2, 3, 2}, 1), "x");
    Ints durations(Shape{2, 3}, 0);
    durations(0, 0) = 2, durations(0, 2) = 3, durations(1, 1) = 1;
    const auto row = [&](Dim k, Dim i) { return slice(slice(x, 0, k, k + 1), 1, i, i + 1); };
    const auto expected = [&] {
        const Var none = zeros({1, 1, 2});
        return concat({concat({row(0, 0), row(0, 0), row(0, 2), row(0, 2), row(0, 2)}, 1),
                       concat({row(1, 1), none, none, none, none}, 1)},
                      0);
    };
    const Var y = nn::regulate_length(x, durations);
    CHECK(y.shape() == Shape{2, 5, 2});
    CHECK(elements(y.value()) == elements(expected().value()));
    check_gradients({x}, "", [&] { return nn::regulate_length(x, durations); });
    CHECK(nn::regulate_length(x, Ints(Shape{2, 3}, 0)).shape() == Shape{2, 0, 2});
    CHECK(nn::regulate_length(filled({0, 3, 2}, 0), Ints(Shape{0, 3}, 0)).shape() == Shape{0, 0, 2});
}

TEST_CASE("nn: the length regulator refuses what does not fit", "[nn]") {
    const auto refusal = [](const Array& x, const Ints& durations) {
        return text_of([&] { nn::regulate_length(x, durations); });
    };
    const Array x = filled({2, 3, 2}, 0);
    CHECK_THAT(refusal(filled({3, 2}, 0), Ints(Shape{3, 2}, 1)),
               StartsWith("regulate_length: argument 'x' has shape (3, 2); expected (b, n, d)"));
    CHECK_THAT(
        refusal(x, Ints(Shape{3}, 1)),
        StartsWith("regulate_length: argument 'durations' has shape (3); expected (2, 3) because 'x' is (2, 3, 2)"));
    Ints durations(Shape{2, 3}, 1);
    durations(1, 2) = -1;
    CHECK_THAT(refusal(x, durations), StartsWith("regulate_length: durations(1, 2) is -1; expected 0 or more"));
    CHECK_THAT(refusal(x, Ints(Shape{2, 3}, Dim{1} << 60)), StartsWith("regulate_length: shape "));
}
