// Attention over stretches: the bits of the whole, in one process and in several, which are threads here.
#include <heed/core/tape_parts.hpp>
#include <heed/core/tree_sum.hpp>
#include <heed/ops/attention/score.hpp>
#include <heed/ops/attention/stretches.hpp>
#include <heed/tests/attention.hpp>
#include <heed/tests/nn/training/thread_group.hpp>

using namespace heed;

namespace {

constexpr Dim length = 900;  // four key blocks, the last one shorter
constexpr Dim batch = 2, heads = 2;

// `x` has what all queries share: weights and biases.
struct Case {
    const char* name;
    std::vector<Shape> shared = {};
    AttentionOptions (*options)(const std::vector<Var>& x) = [](const std::vector<Var>&) { return AttentionOptions{}; };
    Dim groups = heads, dq = 8, dk = 8, dv = 8;
    bool packed = false;
    Dim hidden = length;  // positions from here on hold NaN as keys and values
    bool before = false;  // what is shared goes through an op before the attention, which adds over a process's rows
};

Ints documents_of() {
    Ints ids = Ints::from_shape({length});
    for (Dim i = 0; i < length; ++i) ids(i) = i / 37 % 3 + i / 400 * 3;
    return ids;
}

using X = const std::vector<Var>&;
using O = AttentionOptions;

// clang-format off
const std::vector<Case> cases{
    {.name = "everything"},
    {.name = "causal", .options = [](X) { return O{.mask = causal()}; }, .groups = 2, .dq = 12, .dk = 12, .dv = 20},
    {.name = "packed", .options = [](X) { return O{.mask = causal(), .heads = heads, .key_heads = 2}; },
     .groups = 2, .dv = 16, .packed = true},
    {.name = "window, sink", .shared = {{heads}}, .options = [](X x) { return O{.mask = window(300, 20), .soft_cap = 3, .sink = x[0]}; }},
    {.name = "lengths, dropout, sink", .shared = {{heads}},
     .options = [](X x) { return O{.mask = lengths(Ints{0, 600}), .sink = x[0], .dropout = 0.3}; }},
    {.name = "documents, relative buckets", .shared = {{32, heads}},
     .options = [](X x) { return O{.mask = (documents(documents_of()) & causal()) + relative_buckets(x[0])}; }},
    {.name = "a dense bias", .shared = {{1, 1, length, length}}, .options = [](X x) { return O{.mask = causal() + bias(x[0])}; },
     .dq = 4, .dk = 4, .dv = 4},
    {.name = "patches, keep", .shared = {{heads, 49 * 67}},
     .options = [](X x) { return O{.mask = keep(Var(noise({length, length}, 9)) > 0) + patch_offsets(x[0], 25, 34, 50)}; }},
    {.name = "alibi, a predicate", .shared = {{heads}},
     .options = [](X x) { return O{.mask = predicate([](Dim, Dim h, Dim i, Dim j) { return (i + j + h) % 5 < 2; }) + alibi(x[0])}; }},
    {.name = "additive", .shared = {{heads, 8}}, .options = [](X x) { return O{.mask = causal(), .score = score::additive(x[0])}; },
     .groups = 2},
    {.name = "general", .shared = {{8, 12}}, .options = [](X x) { return O{.mask = prefix(Ints{10, 600}), .score = score::general(x[0])}; },
     .dk = 12, .before = true},
    {.name = "cosine, hidden keys", .shared = {{heads}},
     .options = [](X x) { return O{.mask = lengths(Ints{800, 600}), .score = score::cosine(), .logit_scale = x[0]}; },
     .hidden = 800, .before = true},
    {.name = "a lambda of pairs", .shared = {{8}},
     .options = [](X x) {
         const auto g = [](auto q, auto k, auto w) { return w * abs(q - k); };
         return O{.mask = causal(), .score = score::pairwise(g, x[0])};
     }},
    {.name = "a lambda of positions", .options = [](X) {
         const auto rho = [](auto s, auto b, auto h, auto i, auto j) { return s - 0.01f * (h + b) * abs(i - j); };
         return O{.mask = causal(), .score = score::scaled_dot(rho)};
     }},
};
// clang-format on

// Of one process: its rows of the result and of the gradients of q, k and v, and those of what all queries share.
struct Held {
    std::vector<Dim> positions;
    std::vector<Array> rows, shared;
};

// Copies rows of the last axis but one between the whole and what a process holds.
void copy_rows(Real* whole, Real* held, const std::vector<Dim>& positions, Dim outer, Dim width, bool to_whole) {
    const Dim n = static_cast<Dim>(positions.size());
    for (Dim o = 0; o < outer; ++o)
        for (Dim r = 0; r < n; ++r) {
            Real *const in_whole = whole + (o * length + positions[static_cast<std::size_t>(r)]) * width,
                        *const in_held = held + (o * n + r) * width;
            if (to_whole) std::copy_n(in_held, width, in_whole);
            else std::copy_n(in_whole, width, in_held);
        }
}

Shape shape_of(const Case& c, Dim h, Dim width, Dim n = length) {
    return c.packed ? Shape{batch, n, h * width} : Shape{batch, h, n, width};
}
Dim last(const Shape& shape) { return shape[shape.size() - 1]; }

Array held_rows(Array whole, const std::vector<Dim>& positions) {
    Shape shape = whole.shape();
    shape[shape.size() - 2] = static_cast<Dim>(positions.size());
    Array rows = Array::from_shape(shape);
    copy_rows(whole.data(), rows.data(), positions, count(whole) / length / last(shape), last(shape), false);
    return rows;
}

Array operand(const Case& c, int which) {
    Array x = noise(which == 0   ? shape_of(c, heads, c.dq)
                    : which == 1 ? shape_of(c, c.groups, c.dk)
                                 : shape_of(c, c.groups, c.dv),
                    static_cast<std::uint64_t>(which + 1));
    const Dim width = last(x.shape());
    if (which > 0)
        for (Dim o = 0; o < count(x) / length / width; ++o)
            std::fill_n(x.data() + (o * length + c.hidden) * width, (length - c.hidden) * width, std::nanf(""));
    return x;
}

std::vector<Dim> positions_of(const Stretches& stretches) {
    const Ints positions = stretches.positions();
    return {positions.storage().begin(), positions.storage().end()};
}

// q, k and v, of what a process holds, then what all queries share.
std::vector<Var> leaves_of(const Case& c, const std::vector<Dim>& positions) {
    std::vector<Var> leaves;
    for (int which = 0; which < 3; ++which) leaves.push_back(Var::leaf(held_rows(operand(c, which), positions)));
    for (const Shape& shape : c.shared) leaves.push_back(Var::leaf(Array((Var(noise(shape, 7)) * 0.3).value())));
    return leaves;
}

// By one process; with no stretches, by attention() as it is.
Held attend(const Case& c, const Stretches* stretches) {
    Held held;
    if (stretches) held.positions = positions_of(*stretches);
    else
        for (Dim i = 0; i < length; ++i) held.positions.push_back(i);
    const std::vector<Var> leaves = leaves_of(c, held.positions), shared(leaves.begin() + 3, leaves.end());
    const Tape tape(Key{3, 4});
    const AttentionOptions options = c.options(shared);
    const Var y = stretches ? attention(leaves[0], leaves[1], leaves[2], *stretches, options)
                            : attention(leaves[0], leaves[1], leaves[2], options);
    const Array dy = held_rows(noise(shape_of(c, heads, c.dv), 99), held.positions);
    held.rows = gradient(y, leaves, dy);
    held.shared.assign(held.rows.begin() + 3, held.rows.end());
    held.rows.resize(3);
    held.rows.insert(held.rows.begin(), y.value());
    return held;
}

struct Added {
    Array sum;
    void add(Added&& right) { sum = Array((Var(sum) + Var(right.sum)).value()); }
};

// What all processes have together: the result, then gradients.
std::vector<Array> whole(const Case& c, const std::vector<Held>& all) {
    std::vector<Array> together{filled(shape_of(c, heads, c.dv), 0)};
    for (int which = 0; which < 3; ++which) together.push_back(filled(operand(c, which).shape(), 0));
    for (Held held : all)
        for (std::size_t n = 0; n < together.size(); ++n) {
            const Dim width = last(together[n].shape());
            copy_rows(together[n].data(), held.rows[n].data(), held.positions, count(together[n]) / length / width,
                      width, true);
        }
    for (std::size_t n = 0; n < c.shared.size(); ++n) {
        TreeSum<Added> tree;
        for (std::size_t p = 0; p < all.size(); ++p) tree.add(static_cast<Dim>(p), Added{all[p].shared[n]});
        together.push_back(tree.take()->sum);
    }
    return together;
}

std::vector<Array> in_processes(const Case& c, Dim stretches, int processes) {
    std::vector<Held> all(static_cast<std::size_t>(processes));
    test::in_threads(processes, [&](training::Group& group) {
        const Stretches mine(length, stretches, group);
        all[static_cast<std::size_t>(group.rank())] = attend(c, &mine);
    });
    return whole(c, all);
}

}  // namespace

TEST_CASE("stretches: the bits of attention, and gradients that agree with it", "[attention][stretches]") {
    for (const Case& c : cases) {
        const std::vector<Array> expected = whole(c, {attend(c, nullptr)});
        for (const Dim n : {1, 2, 4}) {
            INFO(c.name << ", " << n << " stretches");
            const std::vector<Array> found = in_processes(c, n, 1);
            CHECK(found[0] == expected[0]);
            for (std::size_t i = 1; i < expected.size(); ++i) {
                INFO("gradient " << i);
                if (n == 1) CHECK(found[i] == expected[i]);
                CHECK(distance(found[i], expected[i]) < 1e-5);
            }
            if (n < 4) continue;
            for (const int processes : {2, 4}) {  // the same bits of all
                const std::vector<Array> others = in_processes(c, n, processes);
                for (std::size_t i = 0; i < found.size(); ++i) {
                    INFO("result " << i << " of " << processes << " processes");
                    if (i > 3 && c.before) CHECK(distance(others[i], found[i]) < 1e-5);
                    else CHECK(others[i] == found[i]);
                }
            }
        }
    }
}

// Of each stretch of a process, by a tape that has them as its parts: the gradients of what all queries share.
std::vector<Array> shared_gradients(const Case& c, const Stretches& stretches) {
    const std::vector<Dim> positions = positions_of(stretches);
    const std::vector<Var> leaves = leaves_of(c, positions), shared(leaves.begin() + 3, leaves.end());
    const std::size_t n = stretches.of(stretches.peers().rank()).size();
    Tape tape(Key{3, 4});
    TapeParts parts(std::vector<Key>(n, Key{1, 1}));
    const Var y = attention(leaves[0], leaves[1], leaves[2], stretches, c.options(shared));
    tape.backward(sum(y * Var(held_rows(noise(shape_of(c, heads, c.dv), 99), positions))));
    std::vector<Array> all;
    for (std::size_t part = 0; part < n; ++part) {
        parts.deliver(part);
        for (const Var& x : shared) {
            all.push_back(x.grad());
            x.clear_grad();
        }
    }
    return all;
}

TEST_CASE("stretches: a tape's parts have a gradient each of what all queries share", "[attention][stretches][parts]") {
    for (const Case& c : cases) {
        if (c.shared.empty()) continue;
        INFO(c.name);
        const std::vector<Array> one = shared_gradients(c, Stretches(length, 4));
        REQUIRE(one.size() == 4);
        CHECK_FALSE(one[0] == one[1]);
        Var all = Var(one[0]);
        for (std::size_t n = 1; n < 4; ++n) all = all + one[n];
        CHECK(distance(all.value(), whole(c, {attend(c, nullptr)})[4]) < 1e-5);
        for (const int processes : {2, 4}) {
            INFO(processes << " processes");
            std::vector<std::vector<Array>> found(static_cast<std::size_t>(processes));
            test::in_threads(processes, [&](training::Group& group) {
                found[static_cast<std::size_t>(group.rank())] = shared_gradients(c, Stretches(length, 4, group));
            });
            std::vector<Array> others;
            for (const std::vector<Array>& of_process : found)
                others.insert(others.end(), of_process.begin(), of_process.end());
            CHECK(others == one);
        }
    }
}

TEST_CASE("stretches: who holds which positions", "[attention][stretches]") {
    test::in_threads(2, [](training::Group& group) {
        const Stretches stretches(1500, 4, group);  // stretches of 512 positions
        const Ints positions = stretches.positions();
        const std::vector<Dim> expected = group.leads() ? std::vector<Dim>{0, 511} : std::vector<Dim>{512, 1499};
        if (positions(0) != expected[0] || positions(positions.size() - 1) != expected[1])
            throw Error("positions");  // would end the test
    });
    const Stretches one(2048, 8);
    std::vector<Dim> begins;
    for (const Stretches::Stretch& s : one.of(0)) begins.push_back(s.begin);
    CHECK(begins == std::vector<Dim>{0, 1792, 256, 1536, 512, 1280, 768, 1024});
    CHECK(Stretches(0, 4).rows() == 0);
}

TEST_CASE("stretches: what is refused", "[attention][stretches]") {
    CHECK_THROWS_WITH(Stretches(-1, 1), Containing("length is -1; expected 0 or more"));
    CHECK_THROWS_WITH(Stretches(100, 3), Containing("count is 3; expected a power of two"));
    struct Two : Peers {
        int size() const override { return 2; }
    } two;
    CHECK_THROWS_WITH(Stretches(100, 1, two), Containing("2 processes and count is 1; expected a multiple"));
    const Stretches stretches(100, 2);
    const Var x = noise({1, 2, 100, 8}, 1), less = noise({1, 2, 99, 8}, 1);
    const auto refused = [&](const AttentionOptions& options, const char* text) {
        CHECK_THROWS_WITH(attention(x, x, x, stretches, options), Containing(text));
    };
    CHECK_THROWS_WITH(attention(less, x, x, stretches),
                      Containing("attention: argument 'q' has shape (1, 2, 99, 8); expected 100 rows, the "
                                 "positions of process 0 of 1, of a sequence of 100 in 2 stretches"));
    CHECK_THROWS_WITH(attention(x, less, less, stretches), Containing("argument 'k'"));
    refused({.keys = 100}, "keys counts rows of one cache");
    refused({.policy = Policy::require_composed}, "the composed path stores the weights of all pairs");
    Lens lens;
    refused({.lens = &lens}, "a lens reads all keys at once");
    const Lenses lenses;
    refused({}, "a lens reads all keys at once");
}
