#pragma once
// std::vector in pooled memory: for what a step builds and drops again, so that it asks the system for nothing.
#include <vector>
#include <heed/core/base/memory.hpp>

namespace heed {

namespace detail {

template <class T>
struct PooledAllocator {
    using value_type = T;
    PooledAllocator() = default;
    template <class U>
    PooledAllocator(const PooledAllocator<U>&) noexcept {}
    T* allocate(std::size_t count) { return static_cast<T*>(allocate_block(count * sizeof(T))->payload()); }
    void deallocate(T* memory, std::size_t) noexcept { release(Block::of(memory)); }
    friend bool operator==(const PooledAllocator&, const PooledAllocator&) noexcept { return true; }
};

}  // namespace detail

template <class T>
using List = std::vector<T, detail::PooledAllocator<T>>;

}  // namespace heed
