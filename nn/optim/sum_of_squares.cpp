// The sum of squares of arrays.
#include <algorithm>
#include <vector>
#include <heed/core/sum_tree.hpp>
#include <heed/nn/optim/sum_of_squares.hpp>

namespace heed::nn {
namespace {

// In four partial sums: a single one would have to wait for each addition.
double of_block(const Real* x, Dim n) {
    const auto square = [x](Dim i) { return static_cast<double>(x[i]) * static_cast<double>(x[i]); };
    double a = 0, b = 0, c = 0, d = 0;
    Dim i = 0;
    for (; i + 4 <= n; i += 4) a += square(i), b += square(i + 1), c += square(i + 2), d += square(i + 3);
    for (; i < n; ++i) a += square(i);
    return (a + b) + (c + d);
}

}  // namespace

double sum_of_squares(std::span<const Array> arrays) {
    constexpr Dim block = 65536;
    std::vector<double> sums;
    for (const Array& x : arrays)
        for (Dim begin = 0, n = count(x); begin < n; begin += block)
            sums.push_back(of_block(x.storage().data() + begin, std::min(block, n - begin)));
    return sum_tree(static_cast<Dim>(sums.size()), 1,
                    [&](Dim i, Dim n) { return n == 0 ? 0 : sums[static_cast<std::size_t>(i)]; });
}

}  // namespace heed::nn
