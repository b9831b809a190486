#pragma once
// Operands of attention() over stretches: which of them this process has, and how it gets the keys of the others.
// Private to heed; not installed.
#include <algorithm>
#include <heed/core/tree_sum.hpp>
#include <heed/ops/attention/operands.hpp>
#include <heed/ops/attention/stretches.hpp>

namespace heed {

template <class T>
kernel::HeadsOf<T> from_row(kernel::HeadsOf<T> rows, Dim row) {
    rows.data += row * rows.row;
    return rows;
}

struct HEED_ABI Stretched {
    AttentionOperands own;
    Stretches stretches;
    std::vector<Stretches::Stretch> queries;  // of this process
    Dim width;                                // of queries and keys

    Stretched(const AttentionCall& call, const Stretches& s)
        : own(call), stretches(s), queries(s.of(s.peers().rank())),
          width(own.q.dim(-1) / (own.sizes.packed ? own.sizes.heads : 1)) {}

    // Of (b, h, i) of a stretch of queries, and of (b, g, j, row) of a number of keys.
    Dim rows_of(const Stretches::Stretch& s) const { return own.sizes.batch * own.sizes.heads * s.size(); }
    Dim elements(Dim keys, Dim row) const { return own.sizes.batch * own.sizes.groups * keys * row; }

    // Does a query see a key, as far as intervals of keys tell?
    bool sees(const Stretches::Stretch& q, const Stretches::Stretch& k) const {
        for (Dim b = 0; b < own.sizes.batch; ++b)
            for (Dim i = q.begin; i < q.end; ++i) {
                const kernel::Interval seen = own.mask.visible(b, i);
                if (std::max(seen.begin, k.begin) < std::min(seen.end, k.end)) return true;
            }
        return false;
    }
    bool sees(int process, const Stretches::Stretch& k) const {
        return std::ranges::any_of(stretches.of(process), [&](const Stretches::Stretch& q) { return sees(q, k); });
    }

    // Queries of this process and keys of one whose keys and values lie there.
    kernel::Attention view(const Stretches::Stretch& q, const Stretches::Stretch& k, int process, const Real* keys,
                           const Real* values) const {
        const AttentionSizes& s = own.sizes;
        const Dim n = stretches.rows(process);
        kernel::Attention a = own.view();
        a.q = from_row(a.q, q.row);
        a.k = from_row(heads_of(keys, s.packed, s.groups, n, width), k.row);
        a.v = from_row(heads_of(values, s.packed, s.groups, n, s.dv), k.row);
        a.tq = q.size(), a.first_query = q.begin;
        a.tk = k.size(), a.first_key = k.begin;
        a.prepared_keys = nullptr;
        return a;
    }

    // act(process, keys, values) for all processes, this one first. The r-th is that whose number differs in the bits
    // of r: so what is a subtree of the stretches comes one after the other.
    void each_process(FunctionRef<void(int, const Real*, const Real*)> act) const {
        const Peers& peers = stretches.peers();
        act(peers.rank(), own.k.data(), own.v.data());
        for (int r = 1; r < peers.size(); ++r) {
            const int process = peers.rank() ^ r;
            const Dim n = stretches.rows(process);
            const Storage<Real> keys = exchanged(process, own.k.data(), own.k.size(), elements(n, width)),
                                values = exchanged(process, own.v.data(), own.v.size(), elements(n, own.sizes.dv));
            act(process, keys.data(), values.data());
        }
    }

    // Sends `sent` elements to a process, and gets some of it.
    Storage<Real> exchanged(int process, const Real* from, Dim sent, Dim received) const {
        Storage<Real> x(static_cast<std::size_t>(received));
        stretches.peers().exchange(process, std::as_bytes(std::span(from, static_cast<std::size_t>(sent))),
                                   std::as_writable_bytes(std::span(x.data(), x.size())));
        return x;
    }
};

// The gradients of all operands, from `sums` of each stretch of queries, (2, b, h, i), and the result.
void backward(const Stretched& o, const AttentionSlots& slots, const Array& out, const std::vector<Array>& sums,
              const Array& dout);

}  // namespace heed
