#pragma once
// The linear assignment problem: the pairs of rows and columns of a table that cost least together.
#include <span>
#include <vector>
#include <heed/core/base/error.hpp>

namespace heed {

// `costs` (rows, columns), row-major. Each row gets a column of its own, or each column a row where there are fewer of
// them, so that the sum of the costs is the smallest. -> (rows): each row's column, -1 for a row that got none. By
// shortest augmenting paths (Jonker and Volgenant, "A Shortest Augmenting Path Algorithm for Dense and Sparse Linear
// Assignment Problems", 1987): n m min(n, m) time. Equal sums are decided the same way each time. Throws RangeError for
// a cost that is NaN, or not between -1e300 and 1e300, and for a table of another size.
std::vector<Dim> linear_sum_assignment(std::span<const double> costs, Dim rows, Dim columns, Site at = Site::current());

}  // namespace heed
