// Quantized weights: the error of each value, the same bits as the quantized values give as Reals, and when the
// quantized form is dropped.
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

TEST_CASE("quantize " HEED_TAG
          ": int8 rounds a value to the nearest of 255 of its column, bfloat16 keeps eight bits of it",
          "[nn]") {
    const Precision precision = GENERATE(Precision::int8, Precision::bfloat16);
    Layer layer(37, 256);
    Array weight = noise({37, 256}, 2);
    for (Dim i = 0; i < 37; ++i) weight(i, 5) = 0;
    layer.linear.weight.mutable_value() = weight;
    const nn::Quantized done = nn::quantize(layer.params, precision);
    CHECK(done.matrices == 1);
    CHECK(done.elements == 37 * 256);
    CHECK(done.bytes == 37 * 256 * (precision == Precision::int8 ? 1 : 2) +
                            (precision == Precision::int8 ? 256 * Dim{sizeof(Real)} : 0));
    const Array quantized = layer.linear.weight.value();
    double changes = 0, squares = 0;
    for (Dim j = 0; j < 256; ++j) {
        double most = 0;
        for (Dim i = 0; i < 37; ++i) most = std::max(most, std::abs(static_cast<double>(weight(i, j))));
        for (Dim i = 0; i < 37; ++i) {
            CAPTURE(i, j);
            const double was = weight(i, j), is = quantized(i, j),
                         allowed = precision == Precision::int8 ? most / 254 : std::abs(was) / 256;
            CHECK(std::abs(is - was) <= allowed * (1 + 1e-5));
            if (precision == Precision::bfloat16)
                CHECK((std::bit_cast<std::uint32_t>(static_cast<float>(is)) & 0xffffu) == 0);
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

TEST_CASE("quantize " HEED_TAG
          ": few rows get the bits that the quantized weights give as Reals, on any number of threads",
          "[nn]") {
    const Precision precision = GENERATE(Precision::int8, Precision::bfloat16);
    const auto sizes = GENERATE(Shape{1, 1}, Shape{37, 70}, Shape{384, 96}, Shape{5, 1030}, Shape{4100, 7});
    const Dim rows = GENERATE(range<Dim>(1, 10)), in = sizes[0], out = sizes[1];
    CAPTURE(in, out, rows);
    Layer layer(in, out);
    const Var weight = layer.linear.weight, bias = layer.linear.bias;
    weight.mutable_value() = noise(sizes, 1);
    nn::quantize(layer.params, precision);
    REQUIRE(weight.node().leaf->quantized);
    const Var reals(weight.value());  // a constant has no quantized form
    const Array x = noise({rows, in}, 2);
    for (const int n : {1, 2}) {
        const Threads use(n);
        CHECK(elements(linear(x, weight).value()) == elements(linear(x, reals).value()));
        CHECK(elements(layer.linear(x).value()) == elements(linear(x, reals, bias).value()));
    }
}

TEST_CASE("quantize " HEED_TAG ": few rows read the quantized form", "[nn]") {
    Layer layer(16, 8);
    nn::quantize(layer.params, Precision::int8);
    const Array x = noise({1, 16}, 2), quantized = layer.linear(x).value();
    auto other = std::make_shared<QuantizedMatrix>(*layer.linear.weight.node().leaf->quantized);
    std::fill(other->values.begin(), other->values.end(), std::byte{0});
    layer.linear.weight.node().leaf->quantized = other;
    CHECK(elements(layer.linear(x).value()) == elements(layer.linear.bias.value()));
    CHECK(elements(layer.linear(x).value()) != elements(quantized));
}

TEST_CASE("quantize " HEED_TAG ": a weight that is written to loses its quantized form, and can be trained", "[nn]") {
    Layer layer(16, 8), twin(16, 8);
    nn::quantize(layer.params, Precision::int8);
    twin.params.copy_from(layer.params);  // the quantized values as Reals
    for (Layer* each : {&layer, &twin}) {
        nn::Adam adam(each->params, {.lr = 0.1});
        for (int step = 0; step < 3; ++step) {
            Tape tape;
            tape.backward(sum(square(each->linear(noise({2, 16}, 2)))));
            adam.step();
        }
    }
    CHECK(elements(layer.linear.weight.value()) == elements(twin.linear.weight.value()));
    CHECK(elements(layer.linear(noise({1, 16}, 2)).value()) == elements(twin.linear(noise({1, 16}, 2)).value()));
}

TEST_CASE("quantize " HEED_TAG ": what it takes, and what it refuses before it changes anything", "[nn]") {
    const nn::Params params(3);
    const nn::Embedding table(params / "table", 7, 16);
    const nn::Linear first(params / "first", 16, 8), second(params / "second", 8, 4);
    const std::vector<double> before = elements(first.weight.value()), rows = elements(table.table.value());
    CHECK_THAT(text_of([&] { nn::quantize(params / "table", Precision::int8); }),
               Containing("no weight of a Linear layer lies below 'table'"));

    const Real inf = std::numeric_limits<Real>::infinity();
    second.weight.mutable_value()(2, 3) = inf;
    CHECK_THAT(text_of([&] { nn::quantize(params, Precision::int8); }),
               Containing("quantize: parameter 'second.weight' holds inf"));
    second.weight.mutable_value()(2, 3) = static_cast<Real>(3.4e38);
    CHECK_THAT(text_of([&] { nn::quantize(params, Precision::bfloat16); }), Containing("at most 3.396e+38"));
    CHECK(elements(first.weight.value()) == before);
    CHECK_FALSE(first.weight.node().leaf->quantized);

    CHECK(nn::quantize(params / "first", Precision::int8).matrices == 1);
    CHECK(elements(first.weight.value()) != before);
    CHECK(elements(table.table.value()) == rows);
}
