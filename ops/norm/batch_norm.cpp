// batch_norm: normalisation of each channel by its mean and variance over the whole batch.
#include <cmath>
#include <heed/core/base/list.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/norm/norm_parts.hpp>

namespace heed {
namespace {

// Rows of channels, cut into blocks by their shape alone.
struct Rows {
    Dim count, channels;
    Dim block() const {  // rows that are worth a thread, and no more than 64 blocks
        return std::max({Dim{1}, 16384 / channels, (count + 63) / 64});
    }
    Dim blocks() const { return (count + block() - 1) / block(); }

    // For each channel the sum over all rows of `terms` numbers, in double: add(row, channel, to) adds those of one
    // element to to[0], to[channels], ...
    template <class Add>
    List<double> sums(Dim terms, const Add& add) const {
        const Dim width = terms * channels;
        List<double> parts(static_cast<std::size_t>(blocks() * width));
        std::fill(parts.begin(), parts.end(), 0.0);
        parallel_for(blocks(), [&](Dim b) {
            double* const to = &parts[static_cast<std::size_t>(b * width)];
            for (Dim row = b * block(), end = std::min(count, row + block()); row < end; ++row)
                for (Dim c = 0; c < channels; ++c) add(row * channels + c, c, to + c);
        });
        List<double> all(static_cast<std::size_t>(width));
        std::fill(all.begin(), all.end(), 0.0);
        for (std::size_t i = 0; i < parts.size(); ++i) all[i % all.size()] += parts[i];
        return all;
    }
    // to[i] = f(i, channel) for every element.
    template <class F>
    void each(Real* to, const F& f) const {
        parallel_for(blocks(), [&](Dim b) {
            for (Dim row = b * block(), end = std::min(count, row + block()); row < end; ++row)
                for (Dim c = 0; c < channels; ++c) to[row * channels + c] = static_cast<Real>(f(row * channels + c, c));
        });
    }
};

struct Gradients {
    Gradients(const Rows& all, const Real* x, const Real* dy, const List<double>& means, const List<double>& rstds)
        : rows(all), values(x), d(dy), mean(means), rstd(rstds), sums(rows.sums(2, [this](Dim i, Dim k, double* to) {
              to[0] += double{d[i]};
              to[rows.channels] += double{d[i]} * normal(i, static_cast<std::size_t>(k));
          })) {}

    double normal(Dim i, std::size_t k) const { return (double{values[i]} - mean[k]) * rstd[k]; }
    Array by_x(const Shape& shape, const Real* gain) const {
        Array dx = Array::from_shape(shape);
        const auto n = static_cast<double>(std::max<Dim>(rows.count, 1)), share = 1 / n;
        rows.each(dx.data(), [&](Dim i, Dim channel) {
            const auto k = static_cast<std::size_t>(channel), after = k + static_cast<std::size_t>(rows.channels);
            const double rest = double{d[i]} - (sums[k] + normal(i, k) * sums[after]) * share;
            return double{gain[channel]} * rstd[k] * rest;
        });
        return dx;
    }
    Array by_channel(Dim first) const {
        Array sum = Array::from_shape({rows.channels});
        for (Dim k = 0; k < rows.channels; ++k)
            sum.data()[k] = static_cast<Real>(sums[static_cast<std::size_t>(first + k)]);
        return sum;
    }

    const Rows& rows;
    const Real *values, *d;
    const List<double>&mean, &rstd;
    List<double> sums;  // of dy, and of dy z
};

}  // namespace

// y = (x - mean) / sqrt(variance + epsilon) gain + bias (Ioffe, Szegedy, 2015): mean and variance of a channel over all
// positions of all examples; the variance divides by their number n. With z = (x - mean) rstd:
// dx = gain rstd (dy - sum(dy) / n - z sum(dy z) / n).
Var batch_norm(In x, In gain, In bias, double epsilon, BatchMoments* moments) {
    expect(x.rank() >= 2 && x.dim(-1) > 0, "batch_norm", "x", x.shape(), "(b, ..., c) with at least one channel", x.at);
    check_norm("batch_norm", x, epsilon);
    expect_width("batch_norm", x, "gain", gain);
    expect_width("batch_norm", x, "bias", bias);
    const Rows rows{x.size() / x.dim(-1), x.dim(-1)};
    expect(rows.count != 1, "batch_norm", "x", x.shape(), "more than one position: the variance of one is 0", x.at);
    const auto n = static_cast<double>(std::max<Dim>(rows.count, 1));
    const Real* const v = x.data();
    List<double> mean = rows.sums(1, [v](Dim i, Dim, double*to) { *to += double{v[i]}; }), rstd = mean;
    for (double& m : mean) m /= n;
    const Dim c = rows.channels;
    const List<double> squares = rows.sums(2, [v, c, &mean](Dim i, Dim k, double* to) {
        const double d = double{v[i]} - mean[static_cast<std::size_t>(k)];
        to[0] += d * d;
        to[c] += d;  // what rounding left of the mean
    });
    Array means = Array::from_shape({c}), variances = means;
    for (Dim k = 0; k < c; ++k) {
        const auto at = static_cast<std::size_t>(k);
        const double rest = squares[at + static_cast<std::size_t>(c)];
        const double variance = std::max(squares[at] - rest * rest / n, 0.0) / n;
        mean[at] += rest / n;
        means.data()[k] = static_cast<Real>(mean[at]);
        variances.data()[k] = static_cast<Real>(variance);
        rstd[at] = 1 / std::sqrt(variance + epsilon);
    }
    Array y = Array::from_shape(x.shape());
    const Real *const g = gain.data(), *const b = bias.data();
    rows.each(y.data(), [&](Dim i, Dim k) {
        const auto at = static_cast<std::size_t>(k);
        return (double{v[i]} - mean[at]) * rstd[at] * double{g[k]} + double{b[k]};
    });
    if (moments) *moments = {std::move(means), std::move(variances)};
    Var result =
        record("batch_norm", {x, gain, bias}, std::move(y),
               [rows, x, gain, mean, rstd, dx = x.slot(), dg = gain.slot(), db = bias.slot()](const Array& dy) {
                   const Gradients d(rows, x.data(), dy.storage().data(), mean, rstd);
                   if (dx) dx.add_grad(d.by_x(x.shape(), gain.data()));
                   if (dg) dg.add_grad(d.by_channel(rows.channels));
                   if (db) db.add_grad(d.by_channel(0));
               });
    return differentiable(std::move(result), {x, gain, bias}, [epsilon](Vars v, const Var&, const Var& dy) {
        if (v[0].size() == 0) return Grads{dy, dy, dy};  // nothing has no mean
        const Shape shape = v[0].shape(), rows{-1, v[0].dim(-1)};
        const Normalised of(reshape(v[0], rows), 0, epsilon, true);
        return Grads{reshape(of.gradient(reshape(dy, rows)), shape) * v[1], dy * reshape(of.h, shape), dy};
    });
}

#ifdef HEED_TESTING
namespace {
Var call(Vars in) { return batch_norm(in[0], in[1], in[2]); }
Var composed(Vars in) {
    const Var x = reshape(in[0], {-1, in[0].dim(-1)});
    return reshape((x - mean(x, 0)) / sqrt(variance(x, 0) + 1e-5), in[0].shape()) * in[1] + in[2];
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "batch_norm/examples", .inputs = {{5, 3}, {3}, {3}}, .call = call, .same_as = composed},
    {.name = "batch_norm/sequence", .inputs = {{2, 5, 19}, {19}, {19}}, .call = call, .same_as = composed},
    {.name = "batch_norm/images", .inputs = {{2, 3, 2, 6}, {6}, {6}}, .call = call, .same_as = composed},
    {.name = "batch_norm/one channel", .inputs = {{7, 1}, {1}, {1}}, .call = call, .same_as = composed},
    {.name = "batch_norm/one example of two positions", .inputs = {{1, 2, 3}, {3}, {3}}, .call = call, .same_as = composed},
    {.name = "batch_norm/many rows", .inputs = {{9000, 3}, {3}, {3}}, .call = call, .same_as = composed},
    {.name = "batch_norm/far from zero", .inputs = {{6, 4}, {4}, {4}}, .call = [](Vars in) { return batch_norm(in[0] + 1000, in[1], in[2]); },
     .same_as = [](Vars in) { return composed({in[0] + 1000, in[1], in[2]}); }},
    {.name = "batch_norm/epsilon", .inputs = {{5, 3}, {3}, {3}}, .call = [](Vars in) { return batch_norm(in[0], in[1], in[2], 0.5); },
     .same_as = [](Vars in) { return (in[0] - mean(in[0], 0)) * rsqrt(variance(in[0], 0) + 0.5) * in[1] + in[2]; }},
    {.name = "batch_norm/no examples", .inputs = {{0, 3, 4}, {4}, {4}}, .call = call, .flat = true},
    {.name = "batch_norm/one position", .inputs = {{1, 1, 4}, {4}, {4}}, .call = call, .rejects = true},
    {.name = "batch_norm/no channels", .inputs = {{2, 3, 0}, {0}, {0}}, .call = call, .rejects = true},
    {.name = "batch_norm/vector", .inputs = {{4}, {4}, {4}}, .call = call, .rejects = true},
    {.name = "batch_norm/gain differs", .inputs = {{2, 4}, {2}, {4}}, .call = call, .rejects = true},
    {.name = "batch_norm/bias differs", .inputs = {{2, 4}, {4}, {1, 4}}, .call = call, .rejects = true},
    {.name = "batch_norm/no epsilon", .inputs = {{2, 4}, {4}, {4}}, .call = [](Vars in) { return batch_norm(in[0], in[1], in[2], 0); },
     .rejects = true})
// clang-format on

}  // namespace heed
