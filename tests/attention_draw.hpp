#pragma once
// Random attention configurations: shapes, scores, masks, biases and options, drawn from a seed.
#include <array>
#include <random>
#include <fmt/format.h>
#include <heed/ops/attention/score.hpp>
#include <heed/ops/mask/bound_mask.hpp>
#include <heed/tests/attention.hpp>
#include <heed/tests/sanitizer.hpp>

namespace heed {
namespace {

constexpr double tolerance = sizeof(Real) == 8 ? 1e-10 : 1e-5;

#ifdef HEED_SANITIZED
constexpr unsigned every = 10;  // a sanitizer takes 20 times as long
#else
constexpr unsigned every = 1;
#endif

// One configuration, drawn from its number.
class Draw {
public:
    explicit Draw(unsigned number) : random_(number), seed_(number * 100) {
        shapes(), score(), mask(), biases(), settings();
    }

    Outcome run(Policy path) const { return run(path, leaves); }
    Outcome run(Policy path, const std::vector<Var>& of) const {
        AttentionOptions o = options;
        o.policy = path;
        return outcome(of, [&] { return attention(of[0], of[1], of[2], o); });
    }

    // The leaves, with this value in all keys and values that no query sees, and in queries that see no key.
    std::vector<Var> with_hidden(double value) const {
        const BoundMask mask("attention", options.mask, batch_, heads_, tq_, tk_, Site::current());
        std::vector<Array> x{leaves[0].value(), leaves[1].value(), leaves[2].value()};
        const auto fill = [&](Array& of, Dim own, Dim b, Dim h, Dim t) {  // of (b, own, t, d), or (b, t, own d)
            const Dim width = of.shape()[of.shape().size() - 1] / (options.heads ? own : 1),
                      steps = of.shape()[of.shape().size() - 2];
            Real* const to =
                of.data() + (options.heads ? (b * steps + t) * own + h : (b * own + h) * steps + t) * width;
            std::fill_n(to, width, static_cast<Real>(value));
        };
        const Dim ratio = heads_ / groups_;
        for (Dim b = 0; b < batch_; ++b)
            for (Dim h = 0; h < heads_; ++h) {
                for (Dim i = 0; i < tq_; ++i) {
                    bool sees = false;
                    for (Dim j = 0; j < tk_ && !sees; ++j) sees = mask.allowed(b, h, i, j);
                    if (!sees) fill(x[0], heads_, b, h, i);
                }
                for (Dim j = 0; h % ratio == 0 && j < tk_ + room_; ++j) {
                    bool seen = false;
                    for (Dim other = h; other < h + ratio; ++other)
                        for (Dim i = 0; i < tq_ && j < tk_ && !seen; ++i) seen = mask.allowed(b, other, i, j);
                    for (std::size_t n = 1; n < 3; ++n)
                        if (!seen) fill(x[n], groups_, b, h / ratio, j);
                }
            }
        std::vector<Var> all = leaves;
        for (std::size_t n = 0; n < 3; ++n) all[n] = Var::leaf(x[n]);
        return all;
    }

    // For each gradient, the least size that its rounding errors are measured against. A gradient is a sum; its error
    // grows with the absolute values of its terms, not with the sum. For most gradients that size is about 1. A bias is
    // linear in its parameters. Their gradient is the sum of ds_ij times a distance (or times 1) over the pairs that
    // share them, with ds_ij = w_ij (dout_i . v_j - delta_i). The two parts of ds_ij cancel: it sums to 0 in each row,
    // and is 0 where there is one key. So the absolute values of both parts are summed here.
    std::vector<double> terms() const {
        std::vector<double> all(leaves.size(), 1);
        if (batch_ * heads_ * tq_ * tk_ == 0 || biases_.begin == biases_.end) return all;
        AttentionOptions o = options;
        o.policy = Policy::require_composed;
        const Var each = Var::leaf(filled({batch_, heads_, tq_, tk_}, 0)),
                  weights = attention_weights(leaves[0], leaves[1], o);
        o.mask = o.mask + bias(each);
        const Outcome whole = outcome({each}, [&] { return attention(leaves[0], leaves[1], leaves[2], o); });
        Var by_delta = Var(whole.out) * noise(whole.out.shape(), 99);
        if (options.heads) by_delta = permute(reshape(by_delta, {batch_, tq_, heads_, dv_}), {0, 2, 1, 3});
        const Var ds = abs(Var(whole.gradients[0])) + abs(weights * sum(by_delta, -1, keep_axis));
        Mask added = options.mask;
        added.parts.clear();
        const Tape tape;
        const std::vector<Var> learnt(leaves.begin() + biases_.begin, leaves.begin() + biases_.end);
        const std::vector<Array> sums = gradient(masked(each, added), Ins(learnt), ds.value());
        for (std::size_t n = 0; n < sums.size(); ++n)
            all[static_cast<std::size_t>(biases_.begin) + n] =
                std::max(1.0, static_cast<double>(max(abs(Var(sums[n]))).item()));
        return all;
    }

    // The tolerance of gradient n. For parameters that all pairs share, it grows with the root of the number of pairs.
    double allowed(std::size_t n) const {
        return n < 3 ? tolerance : tolerance * std::max(1.0, std::sqrt(static_cast<double>(batch_ * tq_ * tk_)) / 100);
    }

    AttentionOptions options;
    std::vector<Var> leaves;  // q, k, v, and what the score, the biases and the options learn
    std::string text;

private:
    Dim below(Dim n) { return static_cast<Dim>(random_() % static_cast<std::uint64_t>(n)); }
    bool chance(Dim percent) { return below(100) < percent; }
    Dim of(std::initializer_list<Dim> list) { return list.begin()[below(static_cast<Dim>(list.size()))]; }
    Var leaf(const Shape& shape, double size = 1) {
        Array x = noise(shape, seed_++);
        for (Dim n = 0; n < count(x); ++n) x.data()[n] *= static_cast<Real>(size);
        leaves.push_back(Var::leaf(std::move(x)));
        return leaves.back();
    }
    Ints ints(const Shape& shape, Dim bound) {
        Ints x = Ints::from_shape(shape);
        for (Dim n = 0; n < count(x); ++n) x.data()[n] = below(bound);
        return x;
    }
    Shape broadcast() {  // to (b, h, i, j), sometimes without the first axes
        Shape shape{batch_, heads_, tq_, tk_};
        for (Dim& size : shape)
            if (chance(40)) size = 1;
        return Shape(shape.begin() + below(4), shape.end());
    }

    void shapes() {
        const bool large = chance(4);  // more than one block of keys and tile of queries
        batch_ = large ? 1 : of({0, 1, 1, 2, 2, 3});
        groups_ = large ? 1 : of({1, 1, 2, 3});
        heads_ = groups_ * of({1, 1, 2, 3});
        tq_ = large ? of({1, 70, 150}) : of({0, 1, 2, 3, 5, 8, 9, 17, 33});
        tk_ = large ? of({257, 300, 520}) : chance(30) ? tq_ : of({0, 1, 2, 3, 4, 7, 8, 16, 19, 40});
        dk_ = of({1, 2, 3, 4, 5, 8, 16, 19});
        dv_ = of({0, 1, 2, 3, 4, 7, 8, 16, 18});
        room_ = seed_ % 500 == 0 ? of({1, 5, 16}) : 0;
    }
    void score() {
        const Dim kind = seed_ % 700 == 0 ? 13 + below(3) : below(13);
        const Dim rows = tk_ + room_;
        if (room_ > 0) options.keys = tk_;
        const Dim key_width = (kind == 4 || kind == 8) ? of({1, 3, 6}) : dk_;
        if (chance(35)) {
            options.heads = heads_;
            options.key_heads = groups_;
            leaf({batch_, tq_, heads_ * dk_}), leaf({batch_, rows, groups_ * key_width}),
                leaf({batch_, rows, groups_ * dv_});
        } else {
            leaf({batch_, heads_, tq_, dk_}), leaf({batch_, groups_, rows, key_width}),
                leaf({batch_, groups_, rows, dv_});
        }
        const auto per_head = [&](Shape shape) {
            if (chance(50)) shape = Shape{heads_, shape[0]};
            return leaf(shape);
        };
        if (kind == 3) options.score = score::dot();
        if (kind == 4)
            options.score = score::general(chance(50) ? leaf({dk_, key_width}) : leaf({heads_, dk_, key_width}));
        if (kind == 5) options.score = score::cosine();
        if (kind == 6 || kind == 7) options.score = score::additive(per_head({dk_}));
        if (kind == 8) {
            const Dim width = of({1, 4, 9});
            options.score = score::concat(per_head({width}), leaf({dk_ + key_width, width}));
        }
        if (kind == 9) options.score = score::pairwise([](auto q, auto k) { return -0.3 * abs(q - k); });
        if (kind == 10)
            options.score =
                score::pairwise([](auto q, auto k, auto w) { return w * tanh(q * k) + 0.1 * w * w; }, per_head({dk_}));
        if (kind == 11) options.score = score::dot([](auto s) { return 2 * tanh(0.5 * s); });
        if (kind == 12)
            options.score = score::scaled_dot(
                [](auto s, auto b, auto h, auto i, auto j) { return s - 0.02 * (h + 1) * abs(i - j) + b * s; });
        if (kind == 13) options.score = score::pairwise([](auto q, auto k) { return -0.2 * (q - k) * (q - k); });
        // whose derivative may overflow
        if (kind == 14) options.score = score::pairwise([](auto q, auto k) { return 0.1 * exp(-0.3 * q * k); });
        if (kind == 15)
            options.score = score::pairwise(
                [](auto q, auto k, auto w) { return w * log(abs(k) + 0.1) * sqrt(q * q + 0.1); }, per_head({dk_}));
        text = fmt::format("b {} h {} g {} tq {} tk {} dk {} dv {} room {} score {} packed {}", batch_, heads_, groups_,
                           tq_, tk_, dk_, dv_, room_, kind, options.heads);
    }
    void mask() {
        Mask& m = options.mask;
        if (chance(30)) m = m & lengths(ints({batch_}, tk_ + 1)), text += " lengths";
        if (chance(30))
            m = m & (tq_ == tk_ && chance(50) ? causal()
                     : chance(50)             ? causal_from_start()
                                              : causal_from_end()),
            text += " causal";
        if (chance(15))
            m = m & (chance(50) ? window_from_start(below(5), below(5)) : window_from_end(below(300), below(3))),
            text += " window";
        if (chance(10))
            m = m & (chance(50) ? prefix_from_start : prefix_from_end)(ints({batch_}, tk_ + 1)), text += " prefix";
        if (chance(10)) {
            Ints q = ints(chance(50) ? Shape{tq_} : Shape{batch_, tq_}, 3),
                 k = ints(chance(50) ? Shape{tk_} : Shape{batch_, tk_}, 3);
            if (k.dimension() == 1 && chance(50)) std::sort(k.data(), k.data() + tk_);
            m = m & documents(q, k), text += " documents";
        }
        if (chance(10)) m = m & keep(Var(noise(broadcast(), seed_++)) > -0.5), text += " keep";
        if (chance(5)) m = m & drop(Var(noise(broadcast(), seed_++)) > 1), text += " drop";
        if (chance(5))
            m = m & predicate([](Dim b, Dim h, Dim i, Dim j) { return (b + 2 * h + 3 * i + j) % 4 != 0; }),
            text += " predicate";
    }
    void biases() {
        Mask& m = options.mask;
        biases_.begin = static_cast<Dim>(leaves.size());
        if (chance(15)) m = m + bias(leaf(broadcast())), text += " bias";
        if (chance(15)) m = m + alibi(leaf({heads_}, 0.2)), text += " alibi";
        if (chance(15)) {
            m = m + relative_buckets(leaf({of({4, 8, 32}), heads_}),
                                     {.bidirectional = chance(50), .max_distance = of({17, 60})});
            text += " buckets";
        }
        const Dim cols = of({1, 2, 5}), rows = tk_ / cols;
        if (rows > 0 && tq_ <= tk_ && chance(15))
            m = m + patch_offsets(leaf({heads_, (2 * rows - 1) * (2 * cols - 1)}), rows, cols, tk_ - rows * cols),
            text += " patches";
        biases_.end = static_cast<Dim>(leaves.size());
    }
    void settings() {
        if (chance(30)) options.dropout = static_cast<double>(of({1, 5, 9, 10})) / 10;
        if (chance(20)) options.scale = static_cast<double>(of({-1, 0, 1, 2})) * 0.4;
        if (chance(20)) options.soft_cap = static_cast<double>(of({1, 3})) * 0.7;
        if (options.score.kind != Score::Kind::pairwise && chance(20)) options.logit_scale = leaf({heads_});
        if (chance(20)) options.sink = leaf({heads_});
        text += fmt::format(" dropout {} scale {} cap {} logit {} sink {}", options.dropout, options.scale.value_or(9),
                            options.soft_cap, options.logit_scale.defined(), options.sink.defined());
    }

    std::mt19937 random_;
    std::uint64_t seed_;
    struct {
        Dim begin = 0, end = 0;
    } biases_;  // among the leaves
    Dim batch_ = 0, groups_ = 0, heads_ = 0, tq_ = 0, tk_ = 0, dk_ = 0, dv_ = 0,
        room_ = 0;  // room: rows of keys and values that do not exist
};

}  // namespace
}  // namespace heed
