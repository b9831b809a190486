// How far sums over very many equal elements are off, and the processor time of each: one line for each op.
// Usage: micro_sums [elements [value]]
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <heed/core/tape.hpp>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/params/init.hpp>
#include <heed/ops/ops.hpp>

using namespace heed;

namespace {

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// `wanted` is what each element of the result should be, 0 too.
template <class Call>
void line(const char* op, double wanted, Call&& call) {
    const double start = seconds();
    const Array got = call();
    const double took = seconds() - start;
    double off = 0;
    for (const Real v : got.storage())
        off = std::max(off, std::abs(static_cast<double>(v) - wanted) / (wanted == 0 ? 1 : std::abs(wanted)));
    fmt::print("{:<36} off by {:7.1e}   {:6.3f} s\n", op, off, took);
}

Array gradient_of(const Var& x, const auto& f) {
    Tape tape;
    return gradient(sum(f(x)), {x})[0];
}

}  // namespace

int main(int argc, char** argv) {
    set_threads(1);
    const Dim n = argc > 1 ? std::atoll(argv[1]) / 8 * 8 : 100'000'000;
    const Real value = argc > 2 ? static_cast<Real>(std::atof(argv[2])) : Real(0.1);
    const double v = static_cast<double>(value), count = static_cast<double>(n);
    const Var x = filled({n}, value);
    const Ints ids = [n] {
        Ints all = Ints::from_shape({n});
        std::fill_n(all.data(), n, 1);
        return all;
    }();
    fmt::print("{} elements, all {}\n", n, value);
    line("sum", count * v, [&] { return sum(x).value(); });
    line("mean, first axis of two", v, [&] { return mean(reshape(x, {n / 2, 2}), 0).value(); });
    line("mean, first and last axis of three", v, [&] { return mean(reshape(x, {n / 8, 2, 4}), {0, 2}).value(); });
    line("variance", 0, [&] { return variance(x).value(); });
    line("norm", std::sqrt(count) * v, [&] { return norm(x).value(); });
    line("logsumexp", v + std::log(count), [&] { return logsumexp(x).value(); });
    line("cumsum, the last element", count * v, [&] { return slice(cumsum(x, 0), 0, n - 1, n).value(); });
    line("mse_loss", v * v, [&] { return mse_loss(x, Var(filled({n}, 0))).value(); });
    line("segment_sum", count * v, [&] { return slice(segment_sum(x, ids, 2), 0, 1, 2).value(); });
    line("gradient of a bias", count / 2 * v, [&] {
        return gradient_of(Var::leaf(filled({2}, 0)), [&](const Var& b) { return (zeros({n / 2, 2}) + b) * value; });
    });
    line("gradient of layer_norm's bias", count / 4 * v, [&] {
        const Var rows = zeros({n / 4, 4}), one = Var(filled({4}, 1));
        return gradient_of(Var::leaf(filled({4}, 0)), [&](const Var& b) { return layer_norm(rows, one, b) * value; });
    });
    line("gradient of take_rows", count / 4 * v, [&] {
        const Ints rows = [&] {
            Ints some = Ints::from_shape({n / 4});
            std::fill_n(some.data(), n / 4, 0);
            return some;
        }();
        return gradient_of(Var::leaf(filled({1, 4}, 0)),
                           [&](const Var& table) { return take_rows(table, rows) * value; });
    });
    line("norm of gradients", std::sqrt(count) * v, [&] {
        const nn::Params params;
        const Var w = params.make("w", {n}, nn::init::constant(0));
        w.set_grad(x.value());
        return filled({1}, static_cast<Real>(nn::clip_gradients(params, 1e30)));
    });
}
