#pragma once
// The memory of one array: a counted, pooled block, copied on the first write while it is shared. Reshapes, detached
// values and gradients that are handed on share it. Meets xtensor's requirements on a storage.
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <heed/core/base/memory.hpp>

namespace heed {

template <class T>
class Storage {
public:
    using allocator_type = std::allocator<T>;
    using value_type = T;
    using reference = T&;
    using const_reference = const T&;
    using pointer = T*;
    using const_pointer = const T*;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using iterator = T*;
    using const_iterator = const T*;
    using reverse_iterator = std::reverse_iterator<iterator>;
    using const_reverse_iterator = std::reverse_iterator<const_iterator>;

    Storage() = default;
    explicit Storage(std::size_t count) { resize(count); }
    Storage(std::size_t count, const T& value) : Storage(count) { std::fill_n(begin_, count, value); }
    template <std::input_iterator It>
    Storage(It first, It last) : Storage(static_cast<std::size_t>(std::distance(first, last))) {
        std::copy(first, last, begin_);
    }
    Storage(const Storage& other) : block_(other.block_), begin_(other.begin_), size_(other.size_) {
        if (block_) detail::retain(block_);
    }
    Storage(Storage&& other) noexcept
        : block_(std::exchange(other.block_, nullptr)), begin_(std::exchange(other.begin_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    Storage& operator=(Storage other) noexcept {
        swap(other);
        return *this;
    }
    ~Storage() {
        if (block_) detail::release(block_);
    }
    void swap(Storage& other) noexcept {
        std::swap(block_, other.block_);
        std::swap(begin_, other.begin_);
        std::swap(size_, other.size_);
    }

    // `count` elements from `offset` on, sharing the memory.
    Storage part(std::size_t offset, std::size_t count) const {
        Storage p(*this);
        p.begin_ += offset;
        p.size_ = count;
        return p;
    }

    explicit operator bool() const noexcept {
        return block_ != nullptr;
    }  // false for one that never had a size, or gave its memory away
    bool empty() const noexcept { return size_ == 0; }
    bool shared() const noexcept { return block_ && block_->shared(); }
    std::size_t size() const noexcept { return size_; }
    void resize(std::size_t count) {  // elements are not kept, as in xtensor
        if (count == size_ && block_ && !block_->shared()) return;
        std::size_t bytes;
        if (__builtin_mul_overflow(count, sizeof(T), &bytes)) bytes = count;  // refused as well
        detail::Block* fresh = detail::allocate_block(bytes);
        if (block_) detail::release(block_);
        block_ = fresh;
        begin_ = static_cast<T*>(block_->payload());
        size_ = count;
    }

    T* data() { return own(); }
    const T* data() const noexcept { return begin_; }
    T& operator[](std::size_t i) { return own()[i]; }
    const T& operator[](std::size_t i) const { return begin_[i]; }
    T& front() { return own()[0]; }
    T& back() { return own()[size_ - 1]; }
    const T& front() const { return begin_[0]; }
    const T& back() const { return begin_[size_ - 1]; }
    iterator begin() { return own(); }
    iterator end() { return own() + size_; }
    const_iterator begin() const noexcept { return begin_; }
    const_iterator end() const noexcept { return begin_ + size_; }
    const_iterator cbegin() const noexcept { return begin_; }
    const_iterator cend() const noexcept { return begin_ + size_; }
    reverse_iterator rbegin() { return reverse_iterator(end()); }
    reverse_iterator rend() { return reverse_iterator(begin()); }
    const_reverse_iterator rbegin() const noexcept { return const_reverse_iterator(end()); }
    const_reverse_iterator rend() const noexcept { return const_reverse_iterator(begin()); }
    const_reverse_iterator crbegin() const noexcept { return rbegin(); }
    const_reverse_iterator crend() const noexcept { return rend(); }
    allocator_type get_allocator() const noexcept { return {}; }

    friend bool operator==(const Storage& a, const Storage& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

private:
    // The elements, for writing: taken out of a shared block first.
    T* own() {
        if (block_ && block_->shared()) [[unlikely]]
            unshare();
        return begin_;
    }
    [[gnu::noinline]] void unshare() {
        Storage copy(size_);
        std::copy_n(begin_, size_, copy.begin_);
        swap(copy);
    }

    detail::Block* block_ = nullptr;
    T* begin_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace heed
