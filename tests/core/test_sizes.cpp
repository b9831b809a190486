// Sizes whose product overflows, or that no memory holds: refused by the op that is asked for them, before anything is
// allocated.
#include <fmt/format.h>
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/attention/linear_attention.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim large = Dim{1} << 32, most = std::numeric_limits<Dim>::max();

struct Refused {
    const char* begins;  // the beginning of the error text
    void (*call)();
};
#define REFUSED(begins, call)                   \
    Refused {                                   \
        begins, [] { static_cast<void>(call); } \
    }

// Without elements, and so without memory, however long the other axes are.
Var rows(Dim n) { return Var(Array::from_shape({n, 0})); }
Var columns(Dim n) { return Var(Array::from_shape({0, n})); }
Var small() { return Var(filled({2, 3}, 1)); }
Var sequence() { return Var(filled({1, 2, 1}, 1)); }

void check_refused(const Refused& r) {
    INFO(r.begins);
    const std::size_t before = memory_report().live;
    reset_memory_peak();
    std::string text;
    try {
        r.call();
    } catch (const RangeError& e) {
        text = e.what();
    }
    CHECK(memory_report().peak < before + (std::size_t{1} << 20));
    INFO(text);
    CHECK(text.starts_with(r.begins));
    CHECK_THAT(text, Containing("\n  called from " + std::string(__FILE__) + ":"));
}

}  // namespace

TEST_CASE("sizes: a result of too many elements is refused by its op", "[sizes]") {
    const std::string limit = "281474976710656 elements";
    CHECK(text_of([] {
              zeros({large, large});
          }).starts_with("zeros: shape (4294967296, 4294967296) has more than " + limit));
    for (const Refused& r : {
             REFUSED("zeros: shape (4294967296, 4294967296) has more than 281474976710656 elements",
                     zeros({large, large})),
             REFUSED("zeros: shape (0, 4294967296, 4294967296)", zeros({0, large, large})),
             REFUSED("ones: shape (9223372036854775807)", ones({most})),
             REFUSED("arange: shape (562949953421312)", arange(Dim{1} << 49)),
             REFUSED("one_hot: shape (2, 562949953421312)", one_hot(Ints{0, 1}, Dim{1} << 49)),
             REFUSED("segment_sum: shape (9223372036854775807, 3)", segment_sum(small(), Ints{0, 1}, most)),
             REFUSED("segment_mean: shape (9223372036854775807, 3)", segment_mean(small(), Ints{0, 1}, most)),
             REFUSED("segment_max: shape (9223372036854775807, 3)", segment_max(small(), Ints{0, 1}, most)),
             REFUSED("segment_softmax: shape (9223372036854775807, 3)", segment_softmax(small(), Ints{0, 1}, most)),
             REFUSED("expand: shape (4294967296, 4294967296, 2, 3)", expand(small(), {large, large, 2, 3})),
             REFUSED("reshape: shape (4294967296, 4294967296, 0)", reshape(rows(1), {large, large, 0})),
             REFUSED("pad: shape (2, 9223372036854775807)", pad(small(), {{most, most}})),
             REFUSED("pad: shape (4294967298, 4294967299)", pad(small(), {{large, 0}, {0, large}})),
             REFUSED("repeat: shape (2, 9223372036854775807)", repeat(small(), most, 1)),
             REFUSED("repeat_interleave: shape (2, 9223372036854775807)", repeat_interleave(small(), most, 1)),
             REFUSED("repeat_interleave: shape (9223372036854775807, 3)",
                     repeat_interleave(small(), Ints{most, most}, 0)),
             REFUSED("diag: shape (9223372036854775807, 9223372036854775807)",
                     heed::diag(Array{1}, std::numeric_limits<Dim>::min())),
             REFUSED("concat: shape (562949953421312, 0)", concat({rows(Dim{1} << 48), rows(Dim{1} << 48)}, 0)),
             REFUSED("stack: shape (281474976710656, 2, 0)", stack({rows(Dim{1} << 48), rows(Dim{1} << 48)}, 1)),
             REFUSED("take_rows: shape (4294967296, 0, 0, 4294967296)",
                     take_rows(Array::from_shape({1, 0, large}), Ints::from_shape({large, 0}))),
             REFUSED("embedding_bag: shape (4294967296, 4294967296)",
                     embedding_bag(Array::from_shape({0, large}), Ints::from_shape({large, 0}))),
             REFUSED("matmul: shape (4294967296, 4294967296)", matmul(rows(large), columns(large))),
             REFUSED("linear: shape (4294967296, 4294967296)", linear(rows(large), columns(large))),
             REFUSED("einsum: shape (4294967296, 4294967296)", einsum("ij,jk->ik", {rows(large), columns(large)})),
             REFUSED("add: shape (0, 4294967296, 4294967296)",
                     Array::from_shape({0, large, 1}) + Var(Array::from_shape({0, 1, large}))),
             REFUSED("where: shape (0, 4294967296, 4294967296)",
                     heed::where(1, Array::from_shape({0, large, 1}), Array::from_shape({0, 1, large}))),
             REFUSED("additive_score: shape (0, 4294967296, 4294967296)",
                     additive_score(Array::from_shape({0, large, 1}), Array::from_shape({0, large, 1}), Array{1})),
             REFUSED("conv1d: shape (1, 281474976710656, 2)",
                     conv1d(sequence(), filled({3, 1, 2}, 1), Conv1dOptions{.padding = Dim{1} << 47})),
             REFUSED("interpolate: shape (1, 9223372036854775807, 1)", interpolate(sequence(), {most})),
             REFUSED("attention: shape (0, 1, 4294967296, 4294967296)",
                     attention(Array::from_shape({0, 1, large, 1}), Array::from_shape({0, 1, 1, 1}),
                               Array::from_shape({0, 1, 1, large}))),
             REFUSED("attention: shape (0, 1, 4294967296, 4294967296)",
                     attention_weights(Array::from_shape({0, 1, large, 1}), Array::from_shape({0, 1, large, 1}))),
             REFUSED("alibi_slopes: shape (9223372036854775807)", alibi_slopes(most)),
             REFUSED("patch_offsets: shape (9223372036854775807)", patch_offsets(filled({1, 1}, 0), most, most)),
             REFUSED("SinusoidalPositions: shape (4294967296, 4294967296)", nn::SinusoidalPositions(large, large)),
         })
        check_refused(r);
}

TEST_CASE("sizes: options beyond all sizes are refused, or are taken literally", "[sizes]") {
    for (const Refused& r : {
             REFUSED("conv1d: padding is 9223372036854775807",
                     conv1d(sequence(), filled({3, 1, 2}, 1), Conv1dOptions{.padding = most})),
             REFUSED("max_pool1d: the window is 9223372036854775807",
                     max_pool1d(sequence(), most, {.padding = most - 1})),
         })
        check_refused(r);
    CHECK_THROWS_AS(conv1d(sequence(), filled({3, 1, 2}, 1), Conv1dOptions{.padding = 1, .dilation = most}),
                    ShapeError);  // too short for it
    CHECK_THROWS_AS(conv2d(Var(filled({1, 2, 2, 2}, 1)), filled({1, 1, 2, 2}, 1), Conv2dOptions{.groups = most}),
                    ShapeError);
    CHECK_THROWS_AS(split(small(), {most, most}), ShapeError);
    CHECK_THROWS_AS(nn::SinusoidalPositions(4, 1)(sequence(), most), RangeError);
    const Var x(Array{1, 2, 3, 4});
    CHECK(elements(slice(x, 0, 1, 4, most).value()) == std::vector<double>{2});
    CHECK(elements(slice(x, 0, 2, -9, std::numeric_limits<Dim>::min()).value()) == std::vector<double>{3});
    CHECK(elements(tril(small(), most).value()) == std::vector<double>(6, 1));
    CHECK(elements(triu(small(), most).value()) == std::vector<double>(6, 0));
    CHECK(elements(tril(small(), std::numeric_limits<Dim>::min()).value()) == std::vector<double>(6, 0));
}

TEST_CASE("sizes: a layer too large is refused with the parameter's name", "[sizes]") {
    const auto text = [](auto&& make) {
        nn::Params p;
        return text_of([&] { make(p); });
    };
    CHECK(text([](nn::Params& p) {
              nn::Linear(p / "wide", large, large);
          }).starts_with("Params 'wide.weight': shape (4294967296, 4294967296)"));
    CHECK(text([](nn::Params& p) {
              nn::Embedding(p / "table", large, large);
          }).starts_with("Params 'table.table': shape (4294967296, 4294967296)"));
    CHECK(text([](nn::Params& p) {
              nn::GRU(p, 2, Dim{6148914691236517206});
          }).starts_with("Params 'forward.input.weight': shape (2, 9223372036854775807)"));
    CHECK(text([](nn::Params& p) {
              nn::Conv2d(p, 2, 2, Pair(large));
          }).starts_with("Params 'weight': shape (4294967296, 4294967296, 2, 2)"));
    CHECK(text([](nn::Params& p) {
              nn::TransformerEncoderLayer(p, large, 1);
          }).starts_with("Params 'attend.query.weight': shape"));
    CHECK_FALSE(text([](nn::Params& p) { nn::Linear(p, -2, 3); }).empty());
}

TEST_CASE("sizes: arrays themselves", "[sizes]") {
    CHECK(text_of([] {
              Array::from_shape({large, large});
          }).starts_with("Array: shape (4294967296, 4294967296) has more than"));
    CHECK(text_of([] {
              Array::from_shape({2, -1});
          }).starts_with("Array: size -1 in shape (2, -1); expected sizes >= 0"));
    CHECK(text_of([] { filled({large, large}, 0); }).starts_with("Array: shape (4294967296, 4294967296)"));
    CHECK(Array::from_shape({Dim{1} << 48, 0, 1}).shape() == Shape{Dim{1} << 48, 0, 1});
    CHECK(saturated_sum(most, 1) == most);
    CHECK(saturated_sum(-most, -most) == std::numeric_limits<Dim>::min());
    CHECK(saturated_product(-3, most) == std::numeric_limits<Dim>::min());
    CHECK(saturated_product(-3, 5) == -15);
}

TEST_CASE("sizes: memory that nobody has is heed's error, with the number of bytes", "[sizes]") {
    const std::string text = text_of([] { zeros({Dim{1} << 46}); });
    CHECK(text.starts_with("memory: the system does not give 281474976710656 bytes; arrays hold "));
    CHECK_THROWS_AS(zeros({Dim{1} << 46}), MemoryError);
    CHECK_THROWS_AS(Storage<double>(std::numeric_limits<std::size_t>::max()), MemoryError);
}
