// Embeddings of ids and of times beyond their values (tests/both/reference/test_reference_layers.cpp).
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("embedding: an initialiser, and a row of padding that stays zero", "[nn]") {
    const nn::Params params(3);
    const nn::Embedding layer(params / "ids", 5, 2, {.start = nn::init::constant(2), .padding = -1});
    CHECK(*layer.padding == 4);
    CHECK(elements(layer.table.value()) == std::vector<double>{2, 2, 2, 2, 2, 2, 2, 2, 0, 0});
    nn::AdamW adam(params, {.lr = 0.1, .decay = 0.5});
    for (int step = 0; step < 3; ++step) {
        Tape tape;
        const Var x = layer(Ints{{0, 4}, {4, 3}});
        tape.backward(sum(x) + sum(square(layer.logits(x + 1))));  // the tied output pulls at every row but that one
        const std::vector<double> g = elements(layer.table.grad());
        CHECK((g[0] != 0 && g[2] != 0 && g[6] != 0));
        CHECK((g[8] == 0 && g[9] == 0));
        adam.step();
        CHECK(elements(layer.table.value())[8] == 0);
        CHECK(elements(layer.table.value())[9] == 0);
    }
    CHECK(elements(layer(Ints{4}).value()) == std::vector<double>{0, 0});
    CHECK(layer(Ints::from_shape({0, 3})).shape() == Shape{0, 3, 2});
    Tape tape;
    CHECK(layer(Ints::from_shape({0, 3})).shape() == Shape{0, 3, 2});
    const nn::Params copy = params.clone();
    const nn::Embedding twin(copy / "ids", 5, 2, {.padding = 4});  // takes over what is there
    CHECK(elements(twin.table.value()) == elements(layer.table.value()));
}

TEST_CASE("embedding: what does not fit is refused", "[nn]") {
    const nn::Params params;
    for (const Dim padding : {5, -6})
        CHECK_THAT(text_of([&] { nn::Embedding(params / padding, 5, 2, {.padding = padding}); }),
                   StartsWith("Embedding: padding is " + std::to_string(padding) + "; expected an id of 5 rows\n") &&
                       Containing("test_embedding.cpp"));
    CHECK_THAT(text_of([] { nn::timestep_embedding(Ints{1}, 2); }),
               StartsWith("timestep_embedding: width is 2 and shift 1; expected half the width to be more than the "
                          "shift\n") &&
                   Containing("test_embedding.cpp"));
    CHECK_THROWS_AS(nn::timestep_embedding(Ints{1}, 1, {.shift = 0}), RangeError);
    CHECK_THROWS_AS(nn::timestep_embedding(Ints{1}, 8, {.base = 0}), RangeError);
}

TEST_CASE("timestep embedding: times of any shape, whole or not", "[nn]") {
    CHECK(nn::timestep_embedding(Ints::from_shape({0}), 6).shape() == Shape{0, 6});
    CHECK(nn::timestep_embedding(Var(0.5), 5).shape() == Shape{5});
    const Var whole = nn::timestep_embedding(Ints{{3, 900}}, 8),
              real = nn::timestep_embedding(array_of({1, 2}, {3, 900}), 8);
    CHECK(elements(whole.value()) == elements(real.value()));
    CHECK(elements(nn::timestep_embedding(Ints{0}, 4).value()) == std::vector<double>{0, 0, 1, 1});
}

TEST_CASE("coordinate embedding: waves of each coordinate, side by side", "[nn]") {
    const Array x = array_of({3, 2}, {0, 0.5, 0.25, 1, 0.125, 0});
    const Var y = nn::coordinate_embedding(x, 12, 8);
    CHECK(y.shape() == Shape{3, 12});
    const Array first = array_of({3}, {0, 2, 1}), second = array_of({3}, {4, 8, 0});
    const Var apart =
        concat({nn::timestep_embedding(first, 6, {.base = 100}), nn::timestep_embedding(second, 6, {.base = 100})});
    CHECK(elements(y.value()) == elements(apart.value()));
    CHECK_THAT(text_of([&] { nn::coordinate_embedding(x, 13); }),
               StartsWith("coordinate_embedding: a width of 13 for coordinates (3, 2); expected a multiple"));
    CHECK_THAT(text_of([] { nn::coordinate_embedding(Var(1), 4); }), StartsWith("coordinate_embedding: a width of 4"));
}
