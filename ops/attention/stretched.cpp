// attention() over stretches that several processes hold.
#include <fmt/format.h>
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
    const AttentionCall call =
        attention_call(sizes, BoundMask(op, options.mask, whole.batch, whole.heads, whole.tq, whole.tk, q.at), q, k, v,
                       options, {positions.storage().data(), positions.size()});
    const Stretched o(call, stretches);
    std::vector<Array> sums;
    Array out = forward(o, sums);
    const std::initializer_list<std::reference_wrapper<const In>> operands{o.own.q, o.own.k, o.own.v};
    return detail::record_if(recording() && call.wants_grad(), op, operands, std::move(out),
                             [o, slots = AttentionSlots(o.own), sums = std::move(sums)](
                                 const Array& y, const Array& dy) { backward(o, slots, y, sums, dy); });
}

}  // namespace heed
