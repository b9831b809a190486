// The linear assignment problem, row by row: each finds the cheapest path to a free column.
#include <algorithm>
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/core/base/assignment.hpp>

namespace heed {
namespace {

// What the search needs of a table with as many columns as rows or more. A reduced cost, cost - row - column, is never
// negative, and 0 for each pair that is assigned.
struct Search {
    std::span<const double> costs;
    std::size_t rows, columns, row_step, column_step;
    std::vector<double> row_price = std::vector<double>(rows), column_price = std::vector<double>(columns);
    std::vector<Dim> row_of = std::vector<Dim>(columns, -1), column_of = std::vector<Dim>(rows, -1);

    double reduced(std::size_t row, std::size_t column) const {
        return costs[row * row_step + column * column_step] - row_price[row] - column_price[column];
    }

    // Dijkstra's search from a row that has no column, over rows that would give up theirs.
    void assign(std::size_t start) {
        std::vector<double> length(columns, std::numeric_limits<double>::infinity());
        std::vector<std::size_t> from(columns);
        std::vector<bool> reached(columns);
        std::size_t row = start, column = 0;
        double so_far = 0;
        while (true) {
            double least = std::numeric_limits<double>::infinity();
            for (std::size_t j = 0; j < columns; ++j) {
                if (reached[j]) continue;
                const double path = so_far + reduced(row, j);
                if (path < length[j]) length[j] = path, from[j] = row;
                if (length[j] < least) least = length[j], column = j;
            }
            so_far = least, reached[column] = true;
            if (row_of[column] < 0) break;
            row = static_cast<std::size_t>(row_of[column]);
        }
        row_price[start] += so_far;
        for (std::size_t j = 0; j < columns; ++j) {
            if (!reached[j] || row_of[j] < 0) continue;
            row_price[static_cast<std::size_t>(row_of[j])] += so_far - length[j];
            column_price[j] -= so_far - length[j];
        }
        for (Dim free = static_cast<Dim>(column); free >= 0;) {
            row = from[static_cast<std::size_t>(free)];
            row_of[static_cast<std::size_t>(free)] = static_cast<Dim>(row);
            std::swap(free, column_of[row]);
        }
    }
};

}  // namespace

std::vector<Dim> linear_sum_assignment(std::span<const double> costs, Dim rows, Dim columns, Site at) {
    const auto n = static_cast<std::size_t>(rows), m = static_cast<std::size_t>(columns);
    require(
        rows >= 0 && columns >= 0 && costs.size() == n * m, "linear_sum_assignment",
        [&] { return fmt::format("{} costs; expected {} rows of {}", costs.size(), rows, columns); }, at);
    const auto bad = std::ranges::find_if(costs, [](double cost) { return !(std::abs(cost) <= 1e300); });
    require(
        bad == costs.end(), "linear_sum_assignment",
        [&] {
            const Dim index = bad - costs.begin();
            return fmt::format("the cost of row {} and column {} is {}; expected a number from -1e300 to 1e300",
                               index / columns, index % columns, *bad);
        },
        at);
    const bool turned = rows > columns;
    Search search{costs, std::min(n, m), std::max(n, m), turned ? 1 : m, turned ? m : 1};
    for (std::size_t row = 0; row < search.rows; ++row) search.assign(row);
    return turned ? search.row_of : search.column_of;
}

}  // namespace heed
