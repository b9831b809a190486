#pragma once
// The sizes of an array's axes, held in place: shapes are copied for every value, so they must not allocate.
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <heed/core/base/dim.hpp>

namespace heed {

// Throws RangeError: heed's arrays have at most Shape::max_rank axes.
[[noreturn]] void refuse_rank(std::size_t rank);

// For sizes of results: sums and products that stop at the largest or smallest Dim instead of overflowing, so that a
// check can see it.
inline Dim saturated_sum(Dim a, Dim b) {
    Dim sum;
    return __builtin_add_overflow(a, b, &sum)
               ? (a < 0 ? std::numeric_limits<Dim>::min() : std::numeric_limits<Dim>::max())
               : sum;
}
inline Dim saturated_product(Dim a, Dim b) {
    Dim product;
    if (!__builtin_mul_overflow(a, b, &product)) return product;
    return (a < 0) == (b < 0) ? std::numeric_limits<Dim>::max() : std::numeric_limits<Dim>::min();
}

// At most eight sizes. Written so that xtensor can use it as its shape container.
class Shape {
public:
    static constexpr std::size_t max_rank = 8;
    static constexpr Dim max_count = Dim{1} << 48;  // elements of an array
    using value_type = Dim;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using reference = Dim&;
    using const_reference = const Dim&;
    using pointer = Dim*;
    using const_pointer = const Dim*;
    using iterator = Dim*;
    using const_iterator = const Dim*;
    using reverse_iterator = std::reverse_iterator<iterator>;
    using const_reverse_iterator = std::reverse_iterator<const_iterator>;

    Shape() noexcept : sizes_{} {}
    Shape(const Shape& other) noexcept : rank_(other.rank_) { copy(other); }
    Shape& operator=(const Shape& other) noexcept {
        rank_ = other.rank_;
        copy(other);
        return *this;
    }
    Shape(std::initializer_list<Dim> sizes) : Shape() { assign(sizes.begin(), sizes.end()); }
    explicit Shape(std::size_t rank, Dim size = 0) : Shape() {
        resize(rank);
        std::fill(begin(), end(), size);
    }
    template <std::input_iterator It>
    Shape(It first, It last) : Shape() {
        assign(first, last);
    }

    std::size_t size() const { return rank_; }
    bool empty() const { return rank_ == 0; }
    Dim rank() const { return static_cast<Dim>(rank_); }
    Dim& operator[](std::size_t i) { return sizes_[i]; }
    const Dim& operator[](std::size_t i) const { return sizes_[i]; }
    Dim& front() { return sizes_[0]; }
    Dim& back() { return sizes_[rank_ - 1]; }
    const Dim& front() const { return sizes_[0]; }
    const Dim& back() const { return sizes_[rank_ - 1]; }
    Dim* data() { return sizes_; }
    const Dim* data() const { return sizes_; }
    iterator begin() { return sizes_; }
    iterator end() { return sizes_ + rank_; }
    const_iterator begin() const { return sizes_; }
    const_iterator end() const { return sizes_ + rank_; }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }
    reverse_iterator rbegin() { return reverse_iterator(end()); }
    reverse_iterator rend() { return reverse_iterator(begin()); }
    const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
    const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }
    const_reverse_iterator crbegin() const { return rbegin(); }
    const_reverse_iterator crend() const { return rend(); }

    void resize(std::size_t rank) {  // sizes that come back have their earlier values
        if (rank > max_rank) refuse_rank(rank);
        rank_ = rank;
    }
    void push_back(Dim size) {
        resize(rank_ + 1);
        back() = size;
    }
    template <class It>
    void assign(It first, It last) {
        resize(static_cast<std::size_t>(std::distance(first, last)));
        for (Dim* to = sizes_; first != last; ++first, ++to) *to = static_cast<Dim>(*first);
    }

    // True if an array can have this shape: no size is below 0, and the sizes other than 0 multiply to at most
    // max_count. Then no product of its sizes overflows.
    bool countable() const {
        Dim n = 1;
        for (Dim size : *this)
            if (size < 0 || (size > 0 && __builtin_mul_overflow(n, size, &n))) return false;
        return n <= max_count;
    }

    // The number of elements of an array of this shape.
    Dim count() const {
        Dim n = 1;
        for (Dim size : *this) n *= size;
        return n;
    }

    friend bool operator==(const Shape& a, const Shape& b) {
        bool same = a.rank_ == b.rank_;
        for (std::size_t i = 0; same && i < a.rank_; ++i) same = a.sizes_[i] == b.sizes_[i];
        return same;
    }

private:
    // One size at a time: shapes are copied a lot, often right after they were written, and a processor does not
    // forward two writes of one size each to one read of both.
    [[gnu::always_inline]] void copy(const Shape& other) noexcept {
        if (rank_ > 0) sizes_[0] = other.sizes_[0];
        if (rank_ > 1) sizes_[1] = other.sizes_[1];
        if (rank_ > 2) sizes_[2] = other.sizes_[2];
        if (rank_ > 3) std::copy(other.sizes_ + 3, other.sizes_ + rank_, sizes_ + 3);
    }
    Dim sizes_[max_rank];
    std::size_t rank_ = 0;
};

std::string to_string(const Shape& shape);  // "(2, 3)"

}  // namespace heed
