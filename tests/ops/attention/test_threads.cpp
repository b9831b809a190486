// Attention in float: bits on any number of threads, memory.
#include <heed/tests/attention.hpp>

using namespace heed;

namespace {

struct Threads {
    int before = threads();
    explicit Threads(int n) { set_threads(n); }
    ~Threads() { set_threads(before); }
};

}  // namespace

TEST_CASE("attention: the same bits on 1, 2, 3 and 4 threads", "[attention][threads]") {
    const Var q = Var::leaf(noise({2, 4, 150, 8}, 1)), k = Var::leaf(noise({2, 2, 300, 8}, 2)),
              v = Var::leaf(noise({2, 2, 300, 8}, 3));
    const Var w = Var::leaf(noise({8}, 4)), slopes = Var::leaf(alibi_slopes(4).value()),
              table = Var::leaf(noise({32, 4}, 5));
    const Var sink = Var::leaf(noise({4}, 6));
    for (const Score& score : {Score{}, score::additive(w)})
        for (const Policy path : both_paths) {
            INFO(name_of(path) << ", score " << int(score.kind));
            std::vector<Var> leaves{q, k, v, slopes, table, sink};
            if (score.weight.defined()) leaves.push_back(w);
            const auto run = [&](int n) {
                const Threads some(n);
                return outcome(leaves, [&] {
                    return attention(q, k, v,
                                     {.mask = causal_from_end() + alibi(slopes) + relative_buckets(table),
                                      .score = score,
                                      .sink = sink,
                                      .dropout = 0.3,
                                      .policy = path});
                });
            };
            const Outcome one = run(1);
            for (int n = 2; n <= 4; ++n) {
                const Outcome several = run(n);
                CHECK(several.out == one.out);
                for (std::size_t x = 0; x < leaves.size(); ++x) CHECK(several.gradients[x] == one.gradients[x]);
            }
        }
}

TEST_CASE("attention: a mask that broadcasts is never copied to all pairs", "[attention]") {
    if (!memory_is_pooled()) return;
    const Dim t = 1024;
    const Var x(noise({1, 2, t, 4}, 1));
    const Array keys = filled({t}, 1), rows = filled({t, 1}, 0);
    const std::size_t before = memory_report().live;
    reset_memory_peak();
    attention(
        x, x, x,
        {.mask = (keep(keys) & drop(rows) & causal() & lengths({t}) & window(100, 100)) + alibi(alibi_slopes(2))});
    CHECK(memory_report().peak - before < t * t * sizeof(Real) / 4);
}

TEST_CASE("attention: a thousand steps with flat memory", "[attention]") {
    if (!memory_is_pooled()) return;
    const Var q = Var::leaf(noise({1, 2, 9, 4}, 1)), slopes = Var::leaf(alibi_slopes(2).value());
    for (const Policy path : both_paths) {
        std::size_t live = 0;
        for (int step = 0; step < 1000; ++step) {
            {
                Tape tape;
                tape.backward(
                    sum(attention(q, q, q, {.mask = causal() + alibi(slopes), .dropout = 0.2, .policy = path})));
            }
            q.clear_grad();
            slopes.clear_grad();
            if (step == 1) live = memory_report().live + memory_report().pooled;
        }
        CHECK(memory_report().live + memory_report().pooled == live);
    }
}
