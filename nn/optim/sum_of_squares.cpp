// The sum of squares of arrays.
#include <algorithm>
#include <vector>
#include <heed/core/sum_tree.hpp>
#include <heed/nn/optim/sum_of_squares.hpp>

namespace heed::nn {
namespace {

// The squares of a block of n elements, in four partial sums: a single one would have to wait for each addition.
class Squares {
public:
    Squares(const Real* x, Dim n) : x_(x), even_(n - n % 4) {}
    // Adds elements [begin, end), in order. Those that are left out count as zeros: a sum of squares + 0 is itself.
    void add(Dim begin, Dim end) {
        Dim i = begin;
        for (; i < end && i % 4 != 0; ++i) add_one(i);
        double a = sums_[0], b = sums_[1], c = sums_[2], d = sums_[3];
        for (; i + 4 <= end; i += 4) a += square(i), b += square(i + 1), c += square(i + 2), d += square(i + 3);
        sums_[0] = a, sums_[1] = b, sums_[2] = c, sums_[3] = d;
        for (; i < end; ++i) add_one(i);
    }
    double sum() const { return (sums_[0] + sums_[1]) + (sums_[2] + sums_[3]); }

private:
    double square(Dim i) const { return static_cast<double>(x_[i]) * static_cast<double>(x_[i]); }
    void add_one(Dim i) { sums_[i < even_ ? i % 4 : 0] += square(i); }
    const Real* x_;
    Dim even_;  // elements of whole fours; the others are added to the first sum
    double sums_[4] = {0, 0, 0, 0};
};

}  // namespace

double sum_of_squares(const Real* block, Dim n) {
    Squares squares(block, n);
    squares.add(0, n);
    return squares.sum();
}

double sum_of_blocks(std::span<const double> sums) {
    return sum_tree(static_cast<Dim>(sums.size()), 1,
                    [&](Dim i, Dim n) { return n == 0 ? 0 : sums[static_cast<std::size_t>(i)]; });
}

double sum_of_squares(std::span<const Array> arrays, std::span<const RowSet* const> rows) {
    std::vector<double> sums;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        const RowSet* const touched = rows.empty() ? nullptr : rows[i];
        const Dim n = count(arrays[i]);
        for (Dim begin = 0; begin < n; begin += squares_block) {
            const Dim end = std::min(n, begin + squares_block);
            Squares squares(arrays[i].storage().data() + begin, end - begin);
            const auto add = [&](Dim from, Dim to) { squares.add(from - begin, to - begin); };
            if (touched) touched->elements(n / touched->rows(), begin, end, add);
            else add(begin, end);
            sums.push_back(squares.sum());
        }
    }
    return sum_of_blocks(sums);
}

}  // namespace heed::nn
