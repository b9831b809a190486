// Ops on shapes, indices and slices, and constants, beside PyTorch's.
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;

const Table table("shape", {
    {"reshape", {"minus one"}, [](G in) { return reshape(in[0], {3, -1}); }},
    {"reshape", {"scalar"}, [](G in) { return reshape(in[0], {1, 1}); }},
    {"permute", {"turned"}, [](G in) { return permute(in[0], {2, 0, 1}); }},
    {"permute", {"four axes, negative"}, [](G in) { return permute(in[0], {0, -2, 1, -1}); }},
    {"transpose", {"batch"}, [](G in) { return transpose(in[0]); }},
    {"expand", {"new axes"}, [](G in) { return expand(in[0], {4, 2, 3}); }},
    {"squeeze", {"all"}, [](G in) { return squeeze(in[0]); }},
    {"squeeze", {"one"}, [](G in) { return squeeze(in[0], -2); }},
    {"unsqueeze", {"both ends"}, [](G in) { return Outputs{unsqueeze(in[0], 0), unsqueeze(in[0], -1)}; }},
    {"slice", {"middle"}, [](G in) { return slice(in[0], 1, 1, 4); }},
    {"slice", {"steps"}, [](G in) { return slice(in[0], 1, 1, 6, 2); }},
    {"slice", {"negative ends"}, [](G in) { return slice(in[0], 0, -4, -1); }},
    {"slice", {"backwards"}, [](G in) { return slice(in[0], 1, -2, 0, -2); }},
    {"slice", {"beyond"}, [](G in) { return slice(in[0], 0, 2, 99); }},
    {"slice", {"nothing"}, [](G in) { return slice(in[0], 0, 3, 2); }},
    {"pick", {"both ends"}, [](G in) { return Outputs{pick(in[0], 1, 0), pick(in[0], 1, -1), pick(in[0], -1, 2)}; }},
    {"flip", {"one"}, [](G in) { return flip(in[0], 1); }},
    {"flip", {"several"}, [](G in) { return flip(in[0], {0, -1}); }},
    {"concat", {"middle axis"}, [](G in) { return concat({in[0], in[1], in[2]}, 1); }},
    {"concat", {"last axis"}, [](G in) { return concat({in[0], in[1], in[0]}); }},
    {"stack", {"first"}, [](G in) { return stack({in[0], in[1]}); }},
    {"stack", {"last"}, [](G in) { return stack({in[0], in[1], in[0]}, -1); }},
    {"split", {"sizes"}, [](G in) { return split(in[0], {1, 0, 3, 2}, 1); }},
    {"pad", {"last axis"}, [](G in) { return pad(in[0], {{1, 2}}); }},
    {"pad", {"two axes, value"}, [](G in) { return pad(in[0], {{2, 0}, {0, 1}}, -1.5); }},
    {"repeat", {"first"}, [](G in) { return repeat(in[0], 3, 0); }},
    {"repeat", {"middle"}, [](G in) { return repeat(in[0], 2, 1); }},
    {"repeat_interleave", {"times"}, [](G in) { return Outputs{repeat_interleave(in[0], 3, 0), repeat_interleave(in[0], 2, -1)}; }},
    {"repeat_interleave", {"each its own"}, [](G in) { return repeat_interleave(in[0], Ints{2, 0, 3}, 1); }},
    {"roll", {"one axis"}, [](G in) { return Outputs{roll(in[0], 2, 1), roll(in[0], -1, 0), roll(in[0], 7, -1)}; }},
    {"roll", {"several axes"}, [](G in) { return roll(in[0], {1, -2}, {2, 0}); }},
    {"diag", {"of a vector"}, [](G in) { return Outputs{diag(in[0]), diag(in[0], 2), diag(in[0], -1)}; }},
    {"diag", {"of a matrix"}, [](G in) { return Outputs{diag(in[0]), diag(in[0], 1), diag(in[0], -2), diag(in[0], 9)}; }},
    {"diag", {"of matrices"}, [](G in) { return diag(in[0], 1); }},
    {"tril", {"diagonals"}, [](G in) { return Outputs{tril(in[0]), tril(in[0], 1), tril(in[0], -2)}; }},
    {"tril", {"batch"}, [](G in) { return tril(in[0]); }},
    {"triu", {"diagonals"}, [](G in) { return Outputs{triu(in[0]), triu(in[0], 1), triu(in[0], -2)}; }},
    {"triu", {"batch"}, [](G in) { return triu(in[0]); }},
    {"zeros", {"shape"}, [](G) { return zeros({2, 3}); }},
    {"ones", {"shape"}, [](G) { return ones({2, 3}); }},
    {"full", {"shape"}, [](G) { return full({2, 3}, 1.5); }},
    {"eye", {"wide"}, [](G) { return eye(2, 3); }},
    {"linspace", {"seven"}, [](G) { return linspace(-1, 2, 7); }},
    {"arange", {"five"}, [](G) { return Outputs::of(arange(5)); }},
});

const Table indices("index", {
    {"take_rows", {"matrix of ids", "rows of matrices", "one id"}, [](G in) { return take_rows(in[0], in.ints(1)); }},
    {"embedding_bag", {"means"}, [](G in) { return embedding_bag(in[0], in.ints(1)); }},
    {"embedding_bag", {"means with offsets"}, [](G in) { return embedding_bag(in[0], in.ints(1), {.offsets = in.ints(2)}); }},
    {"embedding_bag", {"sums", "long sums"}, [](G in) { return embedding_bag(in[0], in.ints(1), {.offsets = in.ints(2), .mode = BagMode::sum}); }},
    {"embedding_bag", {"weights"}, [](G in) { return embedding_bag(in[0], in.ints(1), {.mode = BagMode::sum, .weights = in[2]}); }},
    {"embedding_bag", {"weights with offsets"}, [](G in) {
        return embedding_bag(in[0], in.ints(1), {.offsets = in.ints(2), .mode = BagMode::sum, .weights = in[3]});
    }},
    {"embedding_bag", {"means with padding"}, [](G in) { return embedding_bag(in[0], in.ints(1), {.offsets = in.ints(2), .padding = 2}); }},
    {"embedding_bag", {"weights with padding"}, [](G in) {
        return embedding_bag(in[0], in.ints(1), {.offsets = in.ints(2), .mode = BagMode::sum, .weights = in[3], .padding = -1});
    }},
    {"take", {"middle axis"}, [](G in) { return take(in[0], in.ints(1), 1); }},
    {"take", {"last axis"}, [](G in) { return take(in[0], in.ints(1), -1); }},
    {"gather", {"last axis"}, [](G in) { return gather(in[0], in.ints(1), -1); }},
    {"gather", {"first axis"}, [](G in) { return gather(in[0], in.ints(1), 0); }},
    {"scatter", {"last axis"}, [](G in) { return scatter(in[0], in.ints(1), in[2], -1); }},
    {"scatter", {"first axis"}, [](G in) { return scatter(in[0], in.ints(1), in[2], 0); }},
    {"scatter_add", {"last axis"}, [](G in) { return scatter_add(in[0], in.ints(1), in[2], -1); }},
    {"scatter_add", {"middle axis"}, [](G in) { return scatter_add(in[0], in.ints(1), in[2], 1); }},
    {"segment_sum", {"rows"}, [](G in) { return segment_sum(in[0], in.ints(1), 4); }},
    {"segment_sum", {"numbers"}, [](G in) { return segment_sum(in[0], in.ints(1), 3); }},
    {"segment_mean", {"rows", "no rows"}, [](G in) { return segment_mean(in[0], in.ints(1), 5); }},
    {"segment_max", {"rows", "no rows", "NaN and infinity"}, [](G in) { return segment_max(in[0], in.ints(1), 5); }},
    {"segment_softmax", {"rows", "far out"}, [](G in) { return segment_softmax(in[0], in.ints(1), 5); }},
    {"one_hot", {"matrix of ids"}, [](G in) { return one_hot(in.ints(0), 4); }},
});

}  // namespace
}  // namespace heed::reference
