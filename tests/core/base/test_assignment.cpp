// Linear assignment: against every way to assign, with ties, and what is refused.
#include <algorithm>
#include <limits>
#include <numeric>
#include <heed/core/base/assignment.hpp>
#include <heed/core/base/random.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;

namespace {

using Costs = std::vector<double>;

double cost_of(const Costs& costs, Dim columns, const std::vector<Dim>& assigned) {
    double sum = 0;
    for (std::size_t row = 0; row < assigned.size(); ++row)
        if (assigned[row] >= 0)
            sum += costs[row * static_cast<std::size_t>(columns) + static_cast<std::size_t>(assigned[row])];
    return sum;
}

// The least cost of all ways: rows take the columns of each permutation in their order; columns from `rows` on are
// left over, rows that get a number behind the last column have none.
double least_cost(const Costs& costs, Dim rows, Dim columns) {
    std::vector<Dim> order(static_cast<std::size_t>(std::max(rows, columns)));
    std::iota(order.begin(), order.end(), Dim{0});
    double least = std::numeric_limits<double>::infinity();
    do {
        std::vector<Dim> assigned(order.begin(), order.begin() + rows);
        for (Dim& column : assigned) column = column < columns ? column : -1;
        least = std::min(least, cost_of(costs, columns, assigned));
    } while (std::ranges::next_permutation(order).found);
    return least;
}

// Each row has one column or none, each column one row or none, and the smaller side is used up.
bool is_assignment(std::vector<Dim> assigned, Dim rows, Dim columns) {
    if (static_cast<Dim>(assigned.size()) != rows) return false;
    std::erase(assigned, -1);
    std::ranges::sort(assigned);
    const bool twice = std::ranges::adjacent_find(assigned) != assigned.end();
    return !twice && static_cast<Dim>(assigned.size()) == std::min(rows, columns) &&
           (assigned.empty() || (assigned.front() >= 0 && assigned.back() < columns));
}

}  // namespace

TEST_CASE("assignment: the sum is the least of all ways, also where costs are equal or below 0", "[assignment]") {
    for (std::uint64_t trial = 0; trial < 300; ++trial) {
        const RandomStream random(Key{5, trial}, 0);
        const Dim rows = random.bits(0) % 7, columns = random.bits(1) % 7;
        Costs costs(static_cast<std::size_t>(rows * columns));
        for (std::size_t i = 0; i < costs.size(); ++i)
            costs[i] = trial % 2 ? random.normal(i + 2) : static_cast<double>(random.bits(i + 2) % 3);  // many ties
        const std::vector<Dim> assigned = linear_sum_assignment(costs, rows, columns);
        INFO(trial << ": " << rows << " x " << columns);
        REQUIRE(is_assignment(assigned, rows, columns));
        CHECK(cost_of(costs, columns, assigned) == Approx(least_cost(costs, rows, columns)).margin(1e-12));
        CHECK(linear_sum_assignment(costs, rows, columns) == assigned);
    }
}

TEST_CASE("assignment: large tables, whose best pairs are known", "[assignment]") {
    const Dim rows = 60, columns = 300;
    const RandomStream random(Key{6, 0}, 0);
    Costs costs(static_cast<std::size_t>(rows * columns)), turned(costs.size());
    for (std::size_t i = 0; i < costs.size(); ++i) costs[i] = 1 + random.uniform(i);
    for (Dim row = 0; row < rows; ++row) costs[static_cast<std::size_t>(row * columns + (row * 7 + 3) % columns)] = -1;
    for (Dim row = 0; row < rows; ++row)
        for (Dim column = 0; column < columns; ++column)
            turned[static_cast<std::size_t>(column * rows + row)] =
                costs[static_cast<std::size_t>(row * columns + column)];
    const std::vector<Dim> assigned = linear_sum_assignment(costs, rows, columns),
                           back = linear_sum_assignment(turned, columns, rows);
    for (Dim row = 0; row < rows; ++row) {
        const Dim column = (row * 7 + 3) % columns;
        CHECK(assigned[static_cast<std::size_t>(row)] == column);
        CHECK(back[static_cast<std::size_t>(column)] == row);
    }
    CHECK(std::ranges::count(back, -1) == columns - rows);
}

TEST_CASE("assignment: what is refused", "[assignment]") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    const auto refusal = [](const Costs& costs, Dim rows, Dim columns) {
        return error_of<RangeError>([&] { linear_sum_assignment(costs, rows, columns); });
    };
    CHECK_THAT(refusal({1, 2, 3, nan, 5, 6}, 2, 3),
               StartsWith("linear_sum_assignment: the cost of row 1 and column 0 is nan; expected a number"));
    CHECK_THAT(refusal({1, -infinity}, 2, 1),
               StartsWith("linear_sum_assignment: the cost of row 1 and column 0 is -inf; expected a number"));
    CHECK_THAT(refusal({1, 2, 3}, 2, 2), StartsWith("linear_sum_assignment: 3 costs; expected 2 rows of 2"));
    CHECK_THAT(refusal({}, -1, 0), StartsWith("linear_sum_assignment: 0 costs; expected -1 rows of 0"));
    CHECK_THAT(refusal({1, 2, 3}, 2, 2), Containing("test_assignment.cpp"));
}
