// Reductions, running sums and sorting beside PyTorch's.
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;

// A reduction over the axes on which every one is tried. `last` and `one` are cases beside those of the last axis and of
// an axis of size one.
template <class Reduce>
void add(std::vector<Cases>& list, const char* op, Reduce, std::vector<std::string> last = {}, std::vector<std::string> one = {}) {
    last.insert(last.begin(), "last axis");
    one.insert(one.begin(), "size one");
    list.push_back({op, {"everything"}, [](G in) { return Reduce{}(in[0], Axes{}, drop_axis); }});
    list.push_back({op, last, [](G in) { return Reduce{}(in[0], -1, drop_axis); }});
    list.push_back({op, {"first axis"}, [](G in) { return Reduce{}(in[0], 0, drop_axis); }});
    list.push_back({op, {"middle, kept"}, [](G in) { return Reduce{}(in[0], -2, keep_axis); }});
    list.push_back({op, {"axes apart"}, [](G in) { return Reduce{}(in[0], {0, 2}, drop_axis); }});
    list.push_back({op, one, [](G in) { return Reduce{}(in[0], 1, drop_axis); }});
}

std::vector<Cases> cases() {
    std::vector<Cases> list{
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
        {"stddev", {"axes"}, [](G in) { return Outputs{stddev(in[0], -1), stddev(in[0], {0, 2}), stddev(in[0])}; }},
        {"stddev", {"sample"}, [](G in) { return Outputs{stddev(in[0], 1, keep_axis, 1), stddev(in[0], {0, 1}, drop_axis, 3)}; }},
        {"stddev", {"equal elements"}, [](G in) { return stddev(in[0], -1); }},
        {"stddev", {"large and small"}, [](G in) { return stddev(in[0], -1, drop_axis, 1); }},
        {"cumprod", {"last axis"}, [](G in) { return cumprod(in[0], -1); }},
        {"cumprod", {"middle axis", "zeros"}, [](G in) { return cumprod(in[0], 1); }},
        {"cumprod", {"large behind a zero"}, [](G in) { return cumprod(in[0], 0); }},
        {"argmin", {"axes"}, [](G in) { return Outputs{Outputs::of(argmin(in[0], 0)), Outputs::of(argmin(in[0], 1)), Outputs::of(argmin(in[0]))}; }},
        {"argmin", {"ties"}, [](G in) { return Outputs::of(argmin(in[0])); }},
        {"argsort", {"last axis"}, [](G in) { return Outputs::of(argsort(in[0])); }},
        {"argsort", {"first axis, descending"}, [](G in) { return Outputs::of(argsort(in[0], 0, true)); }},
        {"argsort", {"ties, NaN and infinity"}, [](G in) { return Outputs{Outputs::of(argsort(in[0])), Outputs::of(argsort(in[0], -1, true))}; }},
        {"topk", {"last axis"}, [](G in) { return topk(in[0], 3); }},
        {"topk", {"first axis"}, [](G in) { return topk(in[0], 2, 0); }},
        {"topk", {"all"}, [](G in) { return topk(in[0], 4); }},
        {"sort", {"last axis", "ties", "NaN and infinity"}, [](G in) { return sort(in[0]); }},
        {"sort", {"middle axis, descending"}, [](G in) { return sort(in[0], 1, true); }},
        {"sort", {"ties, descending"}, [](G in) { return sort(in[0], -1, true); }},
    };
    add(list, "sum", [](In x, Axes axes, Keep keep) { return sum(x, axes, keep); }, {}, {"of nothing"});
    add(list, "mean", [](In x, Axes axes, Keep keep) { return mean(x, axes, keep); });
    add(list, "norm", [](In x, Axes axes, Keep keep) { return norm(x, axes, keep); }, {}, {"of nothing", "zero"});
    add(list, "logsumexp", [](In x, Axes axes, Keep keep) { return logsumexp(x, axes, keep); }, {}, {"far out", "overflowing", "infinite"});
    add(list, "variance", [](In x, Axes axes, Keep keep) { return variance(x, axes, keep); }, {"far from zero"});
    add(list, "max", [](In x, Axes axes, Keep keep) { return max(x, axes, keep); }, {"ties"}, {"NaN and infinity"});
    add(list, "min", [](In x, Axes axes, Keep keep) { return min(x, axes, keep); }, {"ties"}, {"NaN and infinity"});
    return list;
}

const Table table("reduce", cases());

}  // namespace
}  // namespace heed::reference
