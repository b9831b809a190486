// A user's score functions as ops, each on one tile of all queries and keys of a head.
#include <heed/ops/attention/composed.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

using kernel::ScoreTile;

constexpr Dim lanes = 64 / sizeof(Real);
Dim padded(Dim keys) { return (keys + lanes - 1) / lanes * lanes; }

// q and k (b, h, t, d) as tiles want them: keys transposed and padded with zeros, both prepared.
struct Tiles {
    const UserScore& score;
    Dim heads, tq, tk, width, ld;
    Array q, k;

    Tiles(const UserScore& s, const Array& q_, const Array& k_)
        : score(s), heads(q_.shape()[1]), tq(q_.shape()[2]), tk(k_.shape()[2]), width(q_.shape()[3]), ld(padded(tk)),
          q(q_), k(filled({q_.shape()[0] * heads, width, ld}, 0)) {
        Real* to = k.data();
        const Real* from = k_.storage().data();
        for (Dim head = 0; head < k.shape()[0]; ++head)
            for (Dim j = 0; j < tk; ++j)
                for (Dim d = 0; d < width; ++d) to[(head * width + d) * ld + j] = *from++;
        for (Array* x : {&q, &k}) {
            if (!score.functions->prepare) continue;
            const Array given = *x;
            score.functions->prepare(score.self.get(), given.storage().data(), count(given), x->data());
        }
    }
    ScoreTile at(Dim head, const Var& theta, Real* s) const {
        const Real* row =
            theta.defined() ? theta.value().storage().data() + (theta.rank() == 2 ? head % heads * width : 0) : nullptr;
        return {.b = head / heads,
                .h = head % heads,
                .rows = tq,
                .keys = tk,
                .width = width,
                .q = q.storage().data() + head * tq * width,
                .ldq = width,
                .k = k.storage().data() + head * width * ld,
                .ldk = ld,
                .theta = row,
                .s = s,
                .lds = ld};
    }
};

// Copies rows of n elements; ld_from and ld_to are the distances between rows.
void copy_rows(const Real* from, Dim ld_from, Real* to, Dim ld_to, Dim rows, Dim n) {
    for (Dim i = 0; i < rows; ++i) std::copy_n(from + i * ld_from, n, to + i * ld_to);
}

}  // namespace

Var pairwise_scores(const UserScore& score, In q, In k, const Var& theta) {
    const Tiles tiles(score, q.value(), k.value());
    const Dim n = tiles.tq * tiles.tk, heads = q.dim(0) * q.dim(1);
    Array s = Array::from_shape({q.dim(0), q.dim(1), tiles.tq, tiles.tk}), padded_s = filled({tiles.tq, tiles.ld}, 0);
    for (Dim head = 0; head < heads; ++head) {
        score.functions->pairwise(score.self.get(), tiles.at(head, theta, padded_s.data()));
        copy_rows(padded_s.data(), tiles.ld, s.data() + head * n, tiles.tk, tiles.tq, tiles.tk);
    }
    std::vector<Var> inputs{q.var(), k.var()};
    if (theta.defined()) inputs.push_back(theta);
    const Slot dtheta = theta.defined() ? In(theta).slot() : Slot();
    return record("attention", Ins(inputs), std::move(s),
                  [score, q, k, theta, dq = q.slot(), dk = k.slot(), dtheta](const Array& ds) {
                      const Tiles t(score, q.value(), k.value());
                      const Dim heads = q.dim(0) * q.dim(1);
                      Array s = filled({t.tq, t.ld}, 0), padded_ds = s, from_q = filled(q.shape(), 0),
                            from_k = Array::from_shape(k.shape());
                      Array from_theta = filled({theta.defined() ? t.heads : 0, t.width}, 0),
                            keys = Array::from_shape({t.width, t.ld});
                      Real* to_k = from_k.data();
                      for (Dim head = 0; head < heads; ++head) {
                          std::fill_n(keys.data(), count(keys), Real(0));
                          copy_rows(ds.storage().data() + head * t.tq * t.tk, t.tk, padded_ds.data(), t.ld, t.tq, t.tk);
                          score.functions->pairwise_backward(
                              score.self.get(), t.at(head, theta, s.data()),
                              {.ds = padded_ds.data(),
                               .dq = from_q.data() + head * t.tq * t.width,
                               .ld_dq = t.width,
                               .dk = keys.data(),
                               .dtheta = theta.defined() ? from_theta.data() + head % t.heads * t.width : nullptr});
                          for (Dim j = 0; j < t.tk; ++j)
                              for (Dim d = 0; d < t.width; ++d)
                                  *to_k++ = keys.storage()[static_cast<std::size_t>(d * t.ld + j)];
                      }
                      dq.add_grad(std::move(from_q));
                      dk.add_grad(std::move(from_k));
                      dtheta.add_grad(std::move(from_theta));  // summed over the heads where they share one
                  });
}

Var through_rho(const UserScore& score, In scores) {
    // Calls f for each head with a tile of its scores; the result is a copy of what f returns.
    const auto each_head = [score](const Array& x, const auto& f) {
        const Dim heads = x.shape()[0] * x.shape()[1], rows = x.shape()[2], keys = x.shape()[3], ld = padded(keys);
        Array y = Array::from_shape(x.shape()), s = filled({rows, ld}, 0);
        for (Dim head = 0; head < heads; ++head) {
            const ScoreTile tile{.b = head / x.shape()[1],
                                 .h = head % x.shape()[1],
                                 .rows = rows,
                                 .keys = keys,
                                 .ldk = ld,
                                 .s = s.data(),
                                 .lds = ld};
            copy_rows(x.storage().data() + head * rows * keys, keys, tile.s, ld, rows, keys);
            copy_rows(f(tile), ld, y.data() + head * rows * keys, keys, rows, keys);
        }
        return y;
    };
    Array y = each_head(scores.value(), [&](const ScoreTile& tile) {
        score.functions->rho(score.self.get(), tile);
        return tile.s;
    });
    return record("attention", {scores}, std::move(y), [score, scores, each_head, ds = scores.slot()](const Array& dy) {
        Array tile_derivatives = Array::from_shape({scores.dim(2), padded(scores.dim(3))});
        const Array derivatives = each_head(scores.value(), [&](const ScoreTile& tile) {
            score.functions->rho_with_derivative(score.self.get(), tile, tile_derivatives.data());
            return tile_derivatives.data();
        });
        // A masked pair has dy 0, and perhaps no finite derivative.
        ds.add_grad(Array(where(dy, dy * Var(derivatives), 0).value()));
    });
}

}  // namespace heed
