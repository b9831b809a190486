// attention() over stretches that several processes hold.
#include <fmt/format.h>
#include <heed/core/tape_parts.hpp>
#include <heed/ops/attention/stretched.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

using Stretch = Stretches::Stretch;

// What some stretches of keys give to a stretch of queries.
struct Part {
    Dim rows, width;
    Storage<Real> values, sums;
    Part(Dim n, Dim w)
        : rows(n), width(w), values(static_cast<std::size_t>(n * w)), sums(static_cast<std::size_t>(2 * n)) {}
    kernel::AttentionPart view() { return {values.data(), {sums.data(), sums.data() + rows}}; }
    void add(Part&& later) { kernel::merge_parts(rows, width, view(), later.view()); }
};

// The parts of a row are merged as the kernel merges its blocks, of which each stretch is a subtree.
Array forward(const Stretched& o, std::vector<Array>& sums) {
    const AttentionSizes& s = o.own.sizes;
    std::vector<TreeSum<Part>> parts(o.queries.size());
    o.each_process([&](int process, const Real* keys, const Real* values) {
        std::vector<Stretch> theirs = o.stretches.of(process);
        std::ranges::sort(theirs, {}, &Stretch::number);
        for (std::size_t n = 0; n < parts.size(); ++n)
            for (const Stretch& k : theirs) {
                std::optional<Part> part;
                if (o.sees(o.queries[n], k))
                    kernel::attention_part(o.view(o.queries[n], k, process, keys, values),
                                           part.emplace(o.rows_of(o.queries[n]), s.dv).view());
                parts[n].add(k.number, std::move(part));
            }
    });
    Array out = filled(o.own.out_shape(), 0);
    for (std::size_t n = 0; n < parts.size(); ++n) {
        const Stretch& q = o.queries[n];
        sums.push_back(Array::from_shape({2, s.batch, s.heads, q.size()}));
        std::optional<Part> all = parts[n].take();
        kernel::Attention a = o.own.view();
        a.tq = q.size();
        if (!all) {
            all.emplace(o.rows_of(q), s.dv);
            std::ranges::fill(all->values, Real(0));
            std::fill_n(all->sums.data(), all->rows, -std::numeric_limits<Real>::infinity());
            std::fill_n(all->sums.data() + all->rows, all->rows, Real(0));
        }
        Real* const to = sums.back().data();
        kernel::finish_parts(a, all->view(), from_row(o.own.result(out.data()), q.row), {to, to + all->rows});
    }
    return out;
}

// On a tape with parts these are the process's stretches: what all queries share gets a gradient of each, which has to
// reach a parameter of its own, since an op between would add over what is in one process.
void check_parts(const TapeParts& parts, const Stretched& o, Site at) {
    constexpr const char* op = "attention";
    require(!parts.inside(), op, "a sequence in stretches is recorded in none of the tape's parts: they meet in it",
            at);
    require(
        parts.size() == o.queries.size(), op,
        [&] {
            return fmt::format("a tape of {} parts, and {} stretches in this process; expected a part of each",
                               parts.size(), o.queries.size());
        },
        at);
    const auto check = [&](const char* what, const Var& x) {
        require(
            !x.defined() || !x.wants_grad() || x.is_leaf(), op,
            [&] {
                return fmt::format(
                    "{} is the result of an op; on a tape with parts, where each stretch has its own gradient, "
                    "expected a parameter, or a constant",
                    what);
            },
            at);
    };
    if (o.own.weight) check("the score's weight", o.own.weight->var());
    if (o.own.sink) check("the sink", o.own.sink->var());
    for (const Bias& bias : o.own.mask.biases()) check("a bias", bias.values);
}

// reduce_score() of each stretch, in its part of the tape: what it multiplies by parameters are rows of one stretch.
ReducedScore reduce_by_stretch(const AttentionSizes& sizes, const BoundMask& mask, const In& q, const In& k,
                               const AttentionOptions& options, std::span<const Dim> positions,
                               const std::vector<Stretch>& stretches) {
    const bool has_parameters = options.score.matrix.defined() || options.logit_scale.defined();
    if (!TapeParts::current() || !has_parameters) return reduce_score(sizes, mask, q, k, options, positions);
    ReducedScore all;
    std::vector<Var> queries, keys;
    for (std::size_t n = 0; n < stretches.size(); ++n) {
        const InPart in(n, q.at);
        const Stretch& s = stretches[n];
        AttentionSizes own = sizes;
        own.tq = own.tk = s.size();
        all = reduce_score(own, mask, {slice(q, -2, s.row, s.row + s.size()), q.at},
                           {slice(k, -2, s.row, s.row + s.size()), k.at}, options,
                           positions.subspan(static_cast<std::size_t>(s.row), static_cast<std::size_t>(s.size())));
        queries.push_back(all.q), keys.push_back(all.k);
    }
    all.q = concat(queries, -2), all.k = concat(keys, -2);
    return all;
}

}  // namespace

Var attention(In q, In k, In v, const Stretches& stretches, const AttentionOptions& options) {
    constexpr const char* op = "attention";
    const AttentionSizes sizes = check_attention(q, k, v, options);
    const Dim rows = stretches.rows();
    for (const auto& [name, x] : {std::pair("q", &q), std::pair("k", &k)})
        expect(
            x->dim(-2) == rows, op, name, x->shape(),
            [&] {
                return fmt::format("{} rows, the positions of process {} of {}, of a sequence of {} in {} stretches",
                                   rows, stretches.peers().rank(), stretches.peers().size(), stretches.length(),
                                   stretches.count());
            },
            x->at);
    require(!options.keys, op, "keys counts rows of one cache; a sequence in stretches has all its keys", k.at);
    require(options.policy != Policy::require_composed, op,
            "the composed path stores the weights of all pairs, and a sequence in stretches has no such matrix", q.at);
    require(!options.lens && !Lenses::innermost(), op,
            "a lens reads all keys at once, and of a sequence in stretches each process holds some", q.at);
    const AttentionSizes whole{.batch = sizes.batch,
                               .heads = sizes.heads,
                               .tq = stretches.length(),
                               .tk = stretches.length()};
    check_positions(whole, options.score, q.at);
    const Ints positions = stretches.positions();
    BoundMask mask(op, options.mask, whole.batch, whole.heads, whole.tq, whole.tk, q.at);
    ReducedScore score = reduce_by_stretch(sizes, mask, q, k, options, {positions.storage().data(), positions.size()},
                                           stretches.of(stretches.peers().rank()));
    const AttentionCall call = attention_call(sizes, std::move(mask), std::move(score), v, options, q.at);
    const Stretched o(call, stretches);
    if (const TapeParts* const parts = recording() ? TapeParts::current() : nullptr) check_parts(*parts, o, q.at);
    std::vector<Array> sums;
    Array out = forward(o, sums);
    const std::initializer_list<std::reference_wrapper<const In>> operands{o.own.q, o.own.k, o.own.v};
    return detail::record_if(recording() && call.wants_grad(), op, operands, std::move(out),
                             [o, slots = AttentionSlots(o.own), sums = std::move(sums)](
                                 const Array& y, const Array& dy) { backward(o, slots, y, sums, dy); });
}

}  // namespace heed
