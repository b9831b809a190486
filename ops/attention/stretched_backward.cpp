// The backward of attention() over stretches.
#include <functional>
#include <heed/core/base/parallel.hpp>
#include <heed/core/broadcast.hpp>
#include <heed/core/tape_parts.hpp>
#include <heed/ops/attention/stretched.hpp>

namespace heed {
namespace {

using kernel::HeadsOf;
using Stretch = Stretches::Stretch;

void copy_rows(const HeadsOf<const Real>& from, const HeadsOf<Real>& to, Dim batch, Dim heads, Dim rows, Dim width) {
    parallel_blocks(batch * heads * rows, 256, [&](Dim begin, Dim end) {
        for (Dim n = begin; n < end; ++n) {
            const Dim b = n / rows / heads, h = n / rows % heads, t = n % rows;
            std::copy_n(from.at(b, h, t), width, to.at(b, h, t));
        }
    });
}

// Gradients of a stretch of queries, and of what all queries share.
struct QueryGradients {
    Storage<Real> q, weight, sink;
    List<double> biases;
    void add(QueryGradients&& more) {
        add_to(q, more.q);
        add_to(weight, more.weight);
        add_to(sink, more.sink);
        std::ranges::transform(biases, more.biases, biases.begin(), std::plus());
    }
};

// Of a stretch of keys and their values, (b, g, j, d), then (b, g, j, v); or of what all queries share.
struct Gradients {
    Storage<Real> values;
    void add(Gradients&& more) { add_to(values, more.values); }
};

class Backward {
public:
    Backward(const Stretched& operands, const AttentionSlots& slots, const Array& out, const std::vector<Array>& sums,
             const Array& dout)
        : o_(operands), slots_(slots), out_(out), sums_(sums), dout_(dout), of_queries_(o_.queries.size()),
          of_keys_(o_.queries.size()), sink_done_(o_.queries.size(), !slots.sink) {}

    void run() {
        o_.each_process([&](int process, const Real* keys, const Real* values) {
            const std::vector<Stretch> theirs = o_.stretches.of(process);
            for (std::size_t n = 0; n < theirs.size(); ++n) {
                std::optional<Gradients> sum = of_keys(process, theirs[n], keys, values);
                if (process != o_.stretches.peers().rank()) sum = exchanged(process, theirs[n], o_.queries[n], sum);
                of_keys_[n].add(process, std::move(sum));
            }
        });
        deliver_queries();
        deliver_keys();
    }

private:
    Dim row() const { return o_.width + o_.own.sizes.dv; }  // of a key and its value

    // Of a stretch of keys, from the queries of this process, as those are a subtree of the stretches.
    std::optional<Gradients> of_keys(int process, const Stretch& k, const Real* keys, const Real* values) {
        TreeSum<Gradients> sum;
        for (std::size_t n = 0; n < o_.queries.size(); ++n) {
            std::optional<QueryGradients> of_queries;
            std::optional<Gradients> from_queries;
            if (o_.sees(o_.queries[n], k))
                of_pair(n, k, o_.view(o_.queries[n], k, process, keys, values), of_queries.emplace(),
                        from_queries.emplace());
            of_queries_[n].add(k.number, std::move(of_queries));
            sum.add(static_cast<Dim>(n), std::move(from_queries));
        }
        return sum.take();
    }

    // Sends the gradients of `theirs` to the process that holds it, and gets what its queries give to `ours`.
    std::optional<Gradients> exchanged(int process, const Stretch& theirs, const Stretch& ours,
                                       const std::optional<Gradients>& sum) const {
        const Dim n = o_.elements(theirs.size(), row());
        const Storage<Real> sent = sum ? sum->values : Storage<Real>(static_cast<std::size_t>(n), Real(0));
        Gradients received{o_.exchanged(process, sent.data(), n, o_.elements(ours.size(), row()))};
        return o_.sees(process, ours) ? std::optional(std::move(received)) : std::nullopt;
    }

    // Of what all queries share, zeros.
    QueryGradients no_gradients() const {
        const auto zeros = [](const Slot& wanted, Dim n) {
            return Storage<Real>(static_cast<std::size_t>(wanted ? n : 0), Real(0));
        };
        const Dim heads = o_.own.sizes.heads;
        return {.q = {},
                .weight = zeros(slots_.weight, heads * o_.width),
                .sink = zeros(slots_.sink, heads),
                .biases = List<double>(static_cast<std::size_t>(o_.own.mask.gradient_size()))};
    }

    void of_pair(std::size_t n, const Stretch& k, const kernel::Attention& a, QueryGradients& of_queries,
                 Gradients& of_keys) {
        const AttentionOperands& own = o_.own;
        const Stretch& q = o_.queries[n];
        const Real* const sums = sums_[n].storage().data();
        of_queries = no_gradients();
        of_queries.q.resize(static_cast<std::size_t>(o_.rows_of(q) * a.dk));
        of_keys.values.resize(static_cast<std::size_t>(o_.elements(k.size(), row())));
        Real* const dk = of_keys.values.data();
        // The sink's is one of whole rows, whatever the keys are.
        const bool sink = !sink_done_[n];
        sink_done_[n] = true;
        kernel::attention_backward(a,
                                   {.dout = from_row(own.result(dout_.storage().data()), q.row),
                                    .out = from_row(own.result(out_.storage().data()), q.row),
                                    .sums = {sums, sums + o_.rows_of(q)},
                                    .dq = heads_of(of_queries.q.data(), false, a.heads, q.size(), a.dk),
                                    .dk = heads_of(dk, false, a.groups, k.size(), a.dk),
                                    .dv = heads_of(dk + o_.elements(k.size(), a.dk), false, a.groups, k.size(), a.dv),
                                    .dsink = sink ? of_queries.sink.data() : nullptr,
                                    .dtheta = slots_.weight ? of_queries.weight.data() : nullptr,
                                    .dbias = of_queries.biases.empty() ? nullptr : of_queries.biases.data()});
    }

    // What queries share is a gradient of each stretch before they are added: so the sum over stretches does not show
    // which of them are in one process. On a tape with parts, each has its own.
    void deliver_queries() {
        const AttentionSizes& s = o_.own.sizes;
        Array dq = filled(o_.own.q.shape(), 0);
        const HeadsOf<Real> to = heads_of(dq.data(), s.packed, s.heads, s.tq, o_.width);
        const detail::GradientsTo* const to_leaves = detail::GradientsTo::innermost();
        TapeParts* const parts = to_leaves ? to_leaves->parts : nullptr;
        TreeSum<Gradients> shared;
        for (std::size_t n = 0; n < of_queries_.size(); ++n) {
            std::optional<QueryGradients> sum = of_queries_[n].take();
            const Stretch& q = o_.queries[n];
            if (sum)
                copy_rows(heads_of(std::as_const(sum->q).data(), false, s.heads, q.size(), o_.width),
                          from_row(to, q.row), s.batch, s.heads, q.size(), o_.width);
            Gradients own = rounded(sum ? *sum : no_gradients());
            if (parts) {
                const detail::GradientsTo part(parts, parts->at(n, Site::current()));
                deliver_shared(own.values);
            } else {
                shared.add(static_cast<Dim>(n), std::move(own));
            }
        }
        slots_.q.add_grad(std::move(dq));
        if (!parts) deliver_shared(shared.take()->values);
    }

    // The weight's, of its own shape; the sink's; the biases'.
    Gradients rounded(const QueryGradients& g) const {
        Array weight = Array::from_shape({slots_.weight ? o_.own.sizes.heads : 0, o_.width});
        std::ranges::copy(g.weight, weight.data());
        if (slots_.weight) weight = sum_to(weight, slots_.weight.shape());
        Gradients all{Storage<Real>(weight.size() + g.sink.size() + g.biases.size())};
        Real* to = std::ranges::copy(std::as_const(weight).storage(), all.values.data()).out;
        to = std::ranges::copy(g.sink, to).out;
        std::ranges::transform(g.biases, to, [](double x) { return static_cast<Real>(x); });
        return all;
    }
    void deliver_shared(const Storage<Real>& values) const {
        const Real* from = values.data();
        for (const Slot* slot : {&slots_.weight, &slots_.sink}) {
            if (!*slot) continue;
            Array gradient = Array::from_shape(slot->shape());
            std::copy_n(from, count(gradient), gradient.data());
            from += count(gradient);
            slot->add_grad(std::move(gradient));
        }
        const List<double> biases(from, values.data() + values.size());
        o_.own.mask.deliver(biases.data(), slots_.biases);
    }

    void deliver_keys() {
        const AttentionSizes& s = o_.own.sizes;
        Array dk = filled(o_.own.k.shape(), 0), dv = filled(o_.own.v.shape(), 0);
        for (std::size_t n = 0; n < of_keys_.size(); ++n) {
            const std::optional<Gradients> sum = of_keys_[n].take();
            if (!sum) continue;
            const Stretch& k = o_.queries[n];
            const auto copy = [&](const Real* from, Array& to, Dim width) {
                copy_rows(heads_of(from, false, s.groups, k.size(), width),
                          from_row(heads_of(to.data(), s.packed, s.groups, s.tk, width), k.row), s.batch, s.groups,
                          k.size(), width);
            };
            copy(sum->values.data(), dk, o_.width);
            copy(sum->values.data() + o_.elements(k.size(), o_.width), dv, s.dv);
        }
        slots_.k.add_grad(std::move(dk));
        slots_.v.add_grad(std::move(dv));
    }

    const Stretched& o_;
    const AttentionSlots& slots_;
    const Array& out_;
    const std::vector<Array>& sums_;
    const Array& dout_;
    std::vector<TreeSum<QueryGradients>> of_queries_;
    std::vector<TreeSum<Gradients>> of_keys_;  // each value: the queries of one process
    std::vector<bool> sink_done_;
};

}  // namespace

void backward(const Stretched& o, const AttentionSlots& slots, const Array& out, const std::vector<Array>& sums,
              const Array& dout) {
    Backward(o, slots, out, sums, dout).run();
}

}  // namespace heed
