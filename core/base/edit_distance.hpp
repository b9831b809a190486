#pragma once
// Levenshtein's distance: the fewest insertions, deletions and substitutions that turn one sequence into the other.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>
#include <heed/core/base/dim.hpp>

namespace heed {

// Of any two sequences with size(), [] and elements that compare; O(n m) time, O(m) space (Wagner and Fischer, 1974).
template <class A, class B>
Dim edit_distance(const A& a, const B& b) {
    std::vector<Dim> row(b.size() + 1);
    std::iota(row.begin(), row.end(), Dim{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        Dim diagonal = row[0];
        row[0] = static_cast<Dim>(i) + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const Dim substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, substituted});
        }
    }
    return row.back();
}

}  // namespace heed
