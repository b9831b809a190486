// Initial values of parameters.
#include <cmath>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/list.hpp>
#include <heed/nn/params/init.hpp>

namespace heed::nn::init {
namespace {

struct Fans {
    double in, out;
};
Fans fans(const char* name, const Array& values) {
    const Shape& shape = values.shape();
    expect(shape.size() >= 2, name, "values", shape, "a matrix (in, out): it needs both fans", Site{});
    return {static_cast<double>(shape[shape.size() - 2]), static_cast<double>(shape.back())};
}

void check(const char* name, const char* what, double value, Site at) {
    require(
        value >= 0 && std::isfinite(value), name,
        [&] { return fmt::format("{} is {}; expected a finite number >= 0", what, value); }, at);
}

template <class F>
void fill(Array& values, F f) {
    Real* x = values.data();
    for (Dim i = 0, n = count(values); i < n; ++i) x[i] = static_cast<Real>(f(static_cast<std::uint64_t>(i)));
}
void fill_uniform(Array& values, RandomStream stream, double bound) {
    fill(values, [&](std::uint64_t i) { return bound * (2 * stream.uniform(i) - 1); });
}
void fill_normal(Array& values, RandomStream stream, double deviation) {
    fill(values, [&](std::uint64_t i) { return deviation * stream.normal(i); });
}

}  // namespace

Init constant(double value) {
    return [=](Array& x, RandomStream) { fill(x, [=](std::uint64_t) { return value; }); };
}
Init uniform(double bound, Site at) {
    check("uniform", "bound", bound, at);
    return [=](Array& x, RandomStream s) { fill_uniform(x, s, bound); };
}
Init normal(double deviation, Site at) {
    check("normal", "deviation", deviation, at);
    return [=](Array& x, RandomStream s) { fill_normal(x, s, deviation); };
}
Init fan_in_uniform(Dim fan_in) {
    return [=](Array& x, RandomStream s) {  // checked here, after the shape of the layer, whose error is more helpful
        require(
            fan_in > 0, "fan_in_uniform", [&] { return fmt::format("fan_in is {}; expected one above zero", fan_in); },
            Site{});
        fill_uniform(x, s, 1 / std::sqrt(static_cast<double>(fan_in)));
    };
}

Init xavier_uniform(double gain, Site at) {
    check("xavier_uniform", "gain", gain, at);
    return [=](Array& x, RandomStream s) {
        const Fans f = fans("xavier_uniform", x);
        fill_uniform(x, s, gain * std::sqrt(6 / (f.in + f.out)));
    };
}
Init xavier_normal(double gain, Site at) {
    check("xavier_normal", "gain", gain, at);
    return [=](Array& x, RandomStream s) {
        const Fans f = fans("xavier_normal", x);
        fill_normal(x, s, gain * std::sqrt(2 / (f.in + f.out)));
    };
}
Init kaiming_uniform(double gain, Site at) {
    check("kaiming_uniform", "gain", gain, at);
    return [=](Array& x, RandomStream s) { fill_uniform(x, s, gain * std::sqrt(3 / fans("kaiming_uniform", x).in)); };
}
Init kaiming_normal(double gain, Site at) {
    check("kaiming_normal", "gain", gain, at);
    return [=](Array& x, RandomStream s) { fill_normal(x, s, gain / std::sqrt(fans("kaiming_normal", x).in)); };
}

// Gram and Schmidt's process, twice for accuracy, on random vectors along the longer side.
Init orthogonal(double gain, Site at) {
    check("orthogonal", "gain", gain, at);
    return [=](Array& values, RandomStream stream) {
        const Fans f = fans("orthogonal", values);
        const auto rows = static_cast<std::size_t>(f.in), columns = static_cast<std::size_t>(f.out);
        const std::size_t few = std::min(rows, columns), many = std::max(rows, columns);
        Real* x = values.data();
        for (std::size_t matrix = 0, matrices = static_cast<std::size_t>(count(values)) / (rows * columns);
             matrix < matrices; ++matrix) {
            List<double> basis(few * many);
            for (std::size_t i = 0; i < basis.size(); ++i) basis[i] = stream.normal(matrix * basis.size() + i);
            for (std::size_t v = 0; v < few; ++v) {
                double* mine = &basis[v * many];
                for (int pass = 0; pass < 2; ++pass) {
                    for (std::size_t u = 0; u < v; ++u) {
                        double dot = 0;
                        for (std::size_t i = 0; i < many; ++i) dot += mine[i] * basis[u * many + i];
                        for (std::size_t i = 0; i < many; ++i) mine[i] -= dot * basis[u * many + i];
                    }
                }
                double length = 0;
                for (std::size_t i = 0; i < many; ++i) length += mine[i] * mine[i];
                for (std::size_t i = 0; i < many; ++i) mine[i] *= gain / std::sqrt(length);
            }
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t c = 0; c < columns; ++c)
                    *x++ = static_cast<Real>(rows >= columns ? basis[c * many + r] : basis[r * many + c]);
        }
    };
}

}  // namespace heed::nn::init
