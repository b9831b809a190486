#pragma once
// Layers as plain loops over doubles, and a check of their gradients by differences. Static, because both
// twins include it.
#include <cmath>
#include <functional>
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/norm.hpp>
#include <heed/tests/catch.hpp>

namespace heed {

static inline Array noise(const Shape& shape, std::uint64_t seed) {  // N(0, 1)
    Array x = Array::from_shape(shape);
    const RandomStream stream(Key{seed, 0}, 0);
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = static_cast<Real>(stream.normal(static_cast<std::uint64_t>(i)));
    return x;
}

// One example's sequence: t rows of values.
using Rows = std::vector<std::vector<double>>;

static inline Rows example(const Array& x, Dim b) {  // of (b, t, d)
    Rows rows(static_cast<std::size_t>(x.shape()[1]));
    const Real* from = x.storage().data() + b * x.shape()[1] * x.shape()[2];
    for (std::vector<double>& row : rows) {
        row.assign(from, from + x.shape()[2]);
        from += x.shape()[2];
    }
    return rows;
}

static inline Rows affine(const Rows& x, const nn::Linear& layer) {
    const Dim in = layer.weight.dim(0), out = layer.weight.dim(1);
    Rows y(x.size(), std::vector<double>(static_cast<std::size_t>(out)));
    for (std::size_t t = 0; t < x.size(); ++t)
        for (Dim o = 0; o < out; ++o) {
            double sum = layer.bias.defined() ? layer.bias.value().storage().data()[o] : 0;
            for (Dim i = 0; i < in; ++i)
                sum += x[t][static_cast<std::size_t>(i)] * layer.weight.value().storage().data()[i * out + o];
            y[t][static_cast<std::size_t>(o)] = sum;
        }
    return y;
}

static inline Rows normed(Rows x, const nn::Norm& layer) {
    for (std::vector<double>& row : x) {
        const auto n = static_cast<double>(row.size());
        double mean = 0, variance = 0;
        for (const double v : row) mean += v / n;
        for (const double v : row) variance += (v - mean) * (v - mean) / n;
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = (row[i] - mean) / std::sqrt(variance + layer.epsilon) * layer.gain.value().storage()[i] +
                     layer.bias.value().storage()[i];
    }
    return x;
}

// softmax over the visible j of scale q_i . k_j, and the sum of the v_j with it; columns [first, first + width) of q
// and k, and the columns of v from `first` on. Sets those columns of y, and `weights` (i, j) if given.
using Visible = std::function<bool(std::size_t i, std::size_t j)>;
static inline void attend(const Rows& q, const Rows& k, const Rows& v, double scale, const Visible& visible,
                          std::size_t first, std::size_t width, std::size_t value_width, Rows& y,
                          Rows* weights = nullptr) {
    if (weights) weights->assign(q.size(), std::vector<double>(k.size(), 0));
    for (std::size_t i = 0; i < q.size(); ++i) {
        std::vector<double> weight(k.size(), 0);
        double total = 0;
        for (std::size_t j = 0; j < k.size(); ++j) {
            if (!visible(i, j)) continue;
            double score = 0;
            for (std::size_t d = first; d < first + width; ++d) score += q[i][d] * k[j][d];
            total += weight[j] = std::exp(scale * score);
        }
        for (std::size_t d = first; d < first + value_width; ++d) {
            y[i][d] = 0;
            for (std::size_t j = 0; j < k.size(); ++j)
                if (total > 0) y[i][d] += weight[j] / total * v[j][d];
        }
        if (weights)
            for (std::size_t j = 0; j < k.size(); ++j) (*weights)[i][j] = total > 0 ? weight[j] / total : 0;
    }
}

static inline Rows multi_head(const nn::MultiHeadAttention& layer, const Rows& x, const Rows& memory,
                              const Visible& visible) {
    const Rows q = affine(x, layer.query), k = affine(memory, layer.key), v = affine(memory, layer.value);
    const std::size_t dim = static_cast<std::size_t>(layer.query.weight.dim(1)),
                      width = dim / static_cast<std::size_t>(layer.heads);
    Rows found(x.size(), std::vector<double>(dim));
    for (std::size_t first = 0; first < dim; first += width)
        attend(q, k, v, 1 / std::sqrt(static_cast<double>(width)), visible, first, width, width, found);
    return affine(found, layer.out);
}

static inline Rows plus(Rows a, const Rows& b) {
    for (std::size_t t = 0; t < a.size(); ++t)
        for (std::size_t i = 0; i < a[t].size(); ++i) a[t][i] += b[t][i];
    return a;
}

// The largest difference between example b of y and these rows.
static inline double difference(const Array& y, Dim b, const Rows& rows) {
    const Rows mine = example(y, b);
    double most = mine.size() == rows.size() ? 0 : HUGE_VAL;
    for (std::size_t t = 0; t < mine.size() && t < rows.size(); ++t)
        for (std::size_t i = 0; i < mine[t].size(); ++i)
            most = std::max(most, mine[t].size() == rows[t].size() ? std::abs(mine[t][i] - rows[t][i]) : HUGE_VAL);
    return most;
}

// The gradient of f(), of any shape and weighted by noise, for each leaf along a random direction: by the tape and by
// differences. It must not be zero, except for leaves whose name ends in `flat`.
template <class F>
static inline void check_gradients(const std::vector<Var>& leaves, const std::string& flat, F&& f) {
    const Key key{3, 4};
    const auto weighed = [&] {
        const Var y = f();
        return sum(y * noise(y.shape(), 99));
    };
    std::vector<Array> gradients;
    {
        Tape tape(key);
        gradients = gradient(weighed(), leaves);
    }
    for (std::size_t n = 0; n < leaves.size(); ++n) {
        const Var& leaf = leaves[n];
        const Array start = leaf.value(), direction = noise(leaf.shape(), 7 + n);
        double analytic = 0;
        for (std::size_t i = 0; i < start.size(); ++i)
            analytic += static_cast<double>(gradients[n].storage()[i]) * static_cast<double>(direction.storage()[i]);
        const auto at = [&](double step) {
            Array& value = leaf.mutable_value("test");
            for (std::size_t i = 0; i < start.size(); ++i)
                value.data()[i] = start.storage()[i] + static_cast<Real>(step) * direction.storage()[i];
            const Tape tape(key);
            return static_cast<double>(weighed().item());
        };
        const double h = 1e-4, numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        leaf.mutable_value("test") = start;
        INFO(leaf.name());
        CHECK(analytic == Approx(numeric).epsilon(1e-6).margin(1e-9));
        CHECK((std::abs(analytic) > 1e-8) != (!flat.empty() && leaf.name().ends_with(flat)));
    }
}

}  // namespace heed
