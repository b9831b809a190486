// Reductions, running sums and sorting beside PyTorch's.
#include <heed/tests/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;

const Table table("reduce", {
    {"sum", {"everything"}, [](G in) { return sum(in[0]); }},
    {"sum", {"last axis"}, [](G in) { return sum(in[0], -1); }},
    {"sum", {"first axis"}, [](G in) { return sum(in[0], 0); }},
    {"sum", {"middle, kept"}, [](G in) { return sum(in[0], -2, keep_axis); }},
    {"sum", {"axes apart"}, [](G in) { return sum(in[0], {0, 2}); }},
    {"sum", {"size one", "of nothing"}, [](G in) { return sum(in[0], 1); }},
    {"mean", {"everything"}, [](G in) { return mean(in[0]); }},
    {"mean", {"last axis"}, [](G in) { return mean(in[0], -1); }},
    {"mean", {"first axis"}, [](G in) { return mean(in[0], 0); }},
    {"mean", {"middle, kept"}, [](G in) { return mean(in[0], -2, keep_axis); }},
    {"mean", {"axes apart"}, [](G in) { return mean(in[0], {0, 2}); }},
    {"mean", {"size one"}, [](G in) { return mean(in[0], 1); }},
    {"norm", {"everything"}, [](G in) { return norm(in[0]); }},
    {"norm", {"last axis"}, [](G in) { return norm(in[0], -1); }},
    {"norm", {"first axis"}, [](G in) { return norm(in[0], 0); }},
    {"norm", {"middle, kept"}, [](G in) { return norm(in[0], -2, keep_axis); }},
    {"norm", {"axes apart"}, [](G in) { return norm(in[0], {0, 2}); }},
    {"norm", {"size one", "of nothing", "zero"}, [](G in) { return norm(in[0], 1); }},
    {"logsumexp", {"everything"}, [](G in) { return logsumexp(in[0]); }},
    {"logsumexp", {"last axis"}, [](G in) { return logsumexp(in[0], -1); }},
    {"logsumexp", {"first axis"}, [](G in) { return logsumexp(in[0], 0); }},
    {"logsumexp", {"middle, kept"}, [](G in) { return logsumexp(in[0], -2, keep_axis); }},
    {"logsumexp", {"axes apart"}, [](G in) { return logsumexp(in[0], {0, 2}); }},
    {"logsumexp", {"size one", "far out", "overflowing", "infinite"}, [](G in) { return logsumexp(in[0], 1); }},
    {"variance", {"everything"}, [](G in) { return variance(in[0]); }},
    {"variance", {"last axis", "far from zero"}, [](G in) { return variance(in[0], -1); }},
    {"variance", {"first axis"}, [](G in) { return variance(in[0], 0); }},
    {"variance", {"middle, kept"}, [](G in) { return variance(in[0], -2, keep_axis); }},
    {"variance", {"axes apart"}, [](G in) { return variance(in[0], {0, 2}); }},
    {"variance", {"size one"}, [](G in) { return variance(in[0], 1); }},
    {"max", {"everything"}, [](G in) { return max(in[0]); }},
    {"max", {"last axis", "ties"}, [](G in) { return max(in[0], -1); }},
    {"max", {"first axis"}, [](G in) { return max(in[0], 0); }},
    {"max", {"middle, kept"}, [](G in) { return max(in[0], -2, keep_axis); }},
    {"max", {"axes apart"}, [](G in) { return max(in[0], {0, 2}); }},
    {"max", {"size one", "NaN and infinity"}, [](G in) { return max(in[0], 1); }},
    {"min", {"everything"}, [](G in) { return min(in[0]); }},
    {"min", {"last axis", "ties"}, [](G in) { return min(in[0], -1); }},
    {"min", {"first axis"}, [](G in) { return min(in[0], 0); }},
    {"min", {"middle, kept"}, [](G in) { return min(in[0], -2, keep_axis); }},
    {"min", {"axes apart"}, [](G in) { return min(in[0], {0, 2}); }},
    {"min", {"size one", "NaN and infinity"}, [](G in) { return min(in[0], 1); }},
    {"max", {"ties, first axis"}, [](G in) { return max(in[0], 0, keep_axis); }},
    {"min", {"ties, first axis"}, [](G in) { return min(in[0], 0, keep_axis); }},
    {"variance", {"sample"}, [](G in) { return Outputs{variance(in[0], 1, drop_axis, 1), variance(in[0], {0, 1}, drop_axis, 3)}; }},
    {"prod", {"everything"}, [](G in) { return prod(in[0]); }},
    {"prod", {"middle"}, [](G in) { return prod(in[0], 1, keep_axis); }},
    {"prod", {"axes apart"}, [](G in) { return prod(in[0], {0, 2}); }},
    {"prod", {"zeros", "of nothing"}, [](G in) { return prod(in[0], 1); }},
    {"any", {"axes"}, [](G in) { return Outputs{any(in[0], 0), any(in[0], -1, keep_axis), any(in[0])}; }},
    {"all", {"axes"}, [](G in) { return Outputs{all(in[0], 0), all(in[0], -1, keep_axis), all(in[0])}; }},
    {"cumsum", {"last axis"}, [](G in) { return cumsum(in[0], -1); }},
    {"cumsum", {"middle axis"}, [](G in) { return cumsum(in[0], 1); }},
    {"argmax", {"axes"}, [](G in) { return Outputs{Outputs::of(argmax(in[0], 0)), Outputs::of(argmax(in[0], 1)), Outputs::of(argmax(in[0]))}; }},
    {"argmax", {"ties"}, [](G in) { return Outputs::of(argmax(in[0])); }},
    {"topk", {"last axis"}, [](G in) { return topk(in[0], 3); }},
    {"topk", {"first axis"}, [](G in) { return topk(in[0], 2, 0); }},
    {"topk", {"all"}, [](G in) { return topk(in[0], 4); }},
    {"sort", {"last axis", "ties", "NaN and infinity"}, [](G in) { return sort(in[0]); }},
    {"sort", {"middle axis, descending"}, [](G in) { return sort(in[0], 1, true); }},
    {"sort", {"ties, descending"}, [](G in) { return sort(in[0], -1, true); }},
});

}  // namespace
}  // namespace heed::reference
