// Weights in fewer bits: what rounding does to numbers, the same bits as the rounded numbers give as Reals, and when the short form is left.
#include <bit>
#include <cmath>
#include <limits>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/params/quantize.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using test::Threads;

namespace {

struct Layer {
    nn::Params params{3};
    nn::Linear linear;
    Layer(Dim in, Dim out) : linear(params / "layer", in, out) {}
};

}  // namespace

TEST_CASE("quantize " HEED_TAG ": int8 rounds a number to the nearest of 255 of its column, bfloat16 keeps eight bits of it", "[nn]") {
    const Precision precision = GENERATE(Precision::int8, Precision::bfloat16);
    Layer layer(37, 256);
    Array weight = noise({37, 256}, 2);
    for (Dim i = 0; i < 37; ++i) weight(i, 5) = 0;
    layer.linear.weight.mutable_value() = weight;
    const nn::Quantized done = nn::quantize(layer.params, precision);
    CHECK(done.matrices == 1);
    CHECK(done.numbers == 37 * 256);
    CHECK(done.bytes == 37 * 256 * (precision == Precision::int8 ? 1 : 2) + (precision == Precision::int8 ? 256 * Dim{sizeof(Real)} : 0));
    const Array rounded = layer.linear.weight.value();
    double changes = 0, squares = 0;
    for (Dim j = 0; j < 256; ++j) {
        double most = 0;
        for (Dim i = 0; i < 37; ++i) most = std::max(most, std::abs(static_cast<double>(weight(i, j))));
        for (Dim i = 0; i < 37; ++i) {
            CAPTURE(i, j);
            const double was = weight(i, j), is = rounded(i, j), allowed = precision == Precision::int8 ? most / 254 : std::abs(was) / 256;
            CHECK(std::abs(is - was) <= allowed * (1 + 1e-5));
            if (precision == Precision::bfloat16) CHECK((std::bit_cast<std::uint32_t>(static_cast<float>(is)) & 0xffffu) == 0);
            changes += (is - was) * (is - was);
            squares += was * was;
        }
    }
    CHECK(done.error == Approx(std::sqrt(changes / squares)).epsilon(1e-6));
    CHECK(done.error < 0.01);
}

TEST_CASE("quantize " HEED_TAG ": bfloat16 rounds ties to even", "[nn]") {
    Array w = Array::from_shape({1, 4});
    const std::uint32_t bits[] = {0x3f80'8000u, 0x3f81'8000u, 0x3f80'8001u, 0xbf80'7fffu};
    for (Dim j = 0; j < 4; ++j) w(0, j) = static_cast<Real>(std::bit_cast<float>(bits[j]));
    quantize_to(w, Precision::bfloat16);
    const std::uint32_t expected[] = {0x3f80'0000u, 0x3f82'0000u, 0x3f81'0000u, 0xbf80'0000u};
    for (Dim j = 0; j < 4; ++j) CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(w(0, j))) == expected[j]);
}

TEST_CASE("quantize " HEED_TAG ": few rows get the bits that the rounded weights give as Reals, on any number of threads", "[nn]") {
    const Precision precision = GENERATE(Precision::int8, Precision::bfloat16);
    const auto sizes = GENERATE(Shape{1, 1}, Shape{37, 70}, Shape{384, 96}, Shape{5, 1030}, Shape{4100, 7});
    const Dim rows = GENERATE(range<Dim>(1, 10)), in = sizes[0], out = sizes[1];
    CAPTURE(in, out, rows);
    Layer layer(in, out);
    const Var weight = layer.linear.weight, bias = layer.linear.bias;
    weight.mutable_value() = noise(sizes, 1);
    nn::quantize(layer.params, precision);
    REQUIRE(weight.node().leaf->quantized);
    const Var reals(weight.value());  // a constant has no short form
    const Array x = noise({rows, in}, 2);
    for (const int n : {1, 2}) {
        const Threads use(n);
        CHECK(numbers(linear(x, weight).value()) == numbers(linear(x, reals).value()));
        CHECK(numbers(layer.linear(x).value()) == numbers(linear(x, reals, bias).value()));
    }
}

TEST_CASE("quantize " HEED_TAG ": the short form is what few rows read", "[nn]") {
    Layer layer(16, 8);
    nn::quantize(layer.params, Precision::int8);
    const Array x = noise({1, 16}, 2), rounded = layer.linear(x).value();
    auto other = std::make_shared<QuantizedMatrix>(*layer.linear.weight.node().leaf->quantized);
    std::fill(other->values.begin(), other->values.end(), std::byte{0});
    layer.linear.weight.node().leaf->quantized = other;
    CHECK(numbers(layer.linear(x).value()) == numbers(layer.linear.bias.value()));
    CHECK(numbers(layer.linear(x).value()) != numbers(rounded));
}

TEST_CASE("quantize " HEED_TAG ": a weight that is written to is what it is, and can be trained", "[nn]") {
    Layer layer(16, 8), twin(16, 8);
    nn::quantize(layer.params, Precision::int8);
    twin.params.copy_from(layer.params);  // the rounded numbers as Reals
    for (Layer* each : {&layer, &twin}) {
        nn::Adam adam(each->params, {.lr = 0.1});
        for (int step = 0; step < 3; ++step) {
            Tape tape;
            tape.backward(sum(square(each->linear(noise({2, 16}, 2)))));
            adam.step();
        }
    }
    CHECK(numbers(layer.linear.weight.value()) == numbers(twin.linear.weight.value()));
    CHECK(numbers(layer.linear(noise({1, 16}, 2)).value()) == numbers(twin.linear(noise({1, 16}, 2)).value()));
}

TEST_CASE("quantize " HEED_TAG ": what it takes, and what it refuses before it changes anything", "[nn]") {
    const nn::Params params(3);
    const nn::Embedding table(params / "table", 7, 16);
    const nn::Linear first(params / "first", 16, 8), second(params / "second", 8, 4);
    const std::vector<double> before = numbers(first.weight.value()), rows = numbers(table.table.value());
    CHECK_THAT(text_of([&] { nn::quantize(params / "table", Precision::int8); }), Containing("no weight of a Linear layer lies below 'table'"));

    const Real inf = std::numeric_limits<Real>::infinity();
    second.weight.mutable_value()(2, 3) = inf;
    CHECK_THAT(text_of([&] { nn::quantize(params, Precision::int8); }), Containing("quantize: parameter 'second.weight' holds inf"));
    second.weight.mutable_value()(2, 3) = static_cast<Real>(3.4e38);
    CHECK_THAT(text_of([&] { nn::quantize(params, Precision::bfloat16); }), Containing("at most 3.396e+38"));
    CHECK(numbers(first.weight.value()) == before);
    CHECK_FALSE(first.weight.node().leaf->quantized);

    CHECK(nn::quantize(params / "first", Precision::int8).matrices == 1);
    CHECK(numbers(first.weight.value()) != before);
    CHECK(numbers(table.table.value()) == rows);
}
