#pragma once
// A sum of 2^k values as a binary tree over their numbers.
// Private to heed; not installed.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>
#include <heed/core/base/dim.hpp>

namespace heed {

// The values come in any order, and are added in one: neighbours first. So for 2^k of them the additions are the same
// whether it is given all of them or the sums of 2^j neighbours each. T has add(T&& right). One that is absent leaves
// the other side as it is.
template <class T>
class TreeSum {
public:
    void add(Dim number, std::optional<T> value) {
        for (Dim height = 0;; ++height, number /= 2) {
            const auto sibling = std::ranges::find_if(
                waiting_, [&](const Subtree& s) { return s.height == height && s.number == (number ^ 1); });
            if (sibling == waiting_.end()) return waiting_.push_back({height, number, std::move(value)});
            std::optional<T> other = std::move(sibling->sum);
            waiting_.erase(sibling);
            const bool right = number % 2 == 1;
            std::optional<T>&first = right ? other : value, &second = right ? value : other;
            if (!first) first = std::move(second);
            else if (second) first->add(std::move(*second));
            if (right) value = std::move(other);
        }
    }
    std::optional<T> take() { return std::move(waiting_.front().sum); }  // after 2^k of them

private:
    struct Subtree {
        Dim height, number;
        std::optional<T> sum;
    };
    std::vector<Subtree> waiting_;
};

}  // namespace heed
