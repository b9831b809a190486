#pragma once
// Pooled memory. Blocks are 64-byte aligned, counted, and recycled by the thread that took them from the system:
// after the first steps of a training loop nothing is asked of malloc any more. Fresh memory is slow to touch on
// virtual machines, so blocks go back to the system only on request. Under sanitizers every block is a plain
// allocation.
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace heed {

struct MemoryReport {
    std::size_t live = 0;                // bytes in use by arrays, nodes and tapes
    std::size_t pooled = 0;              // bytes held for reuse
    std::size_t peak = 0;                // the highest `live` since reset_memory_peak()
    std::size_t system_allocations = 0;  // blocks ever taken from the system
};
MemoryReport memory_report();  // all threads together
void reset_memory_peak();
void release_pooled_memory();  // gives the calling thread's unused blocks back to the system

namespace detail {

class Pool;

// Header of a pooled block; the payload follows at the next 64 bytes.
struct alignas(64) Block {
    std::atomic<std::uint32_t> refs;
    std::uint32_t size_class;
    std::size_t capacity;  // bytes of payload
    Pool* owner;
    Block* next;  // in a free list

    void* payload() { return reinterpret_cast<std::byte*>(this) + sizeof(Block); }
    static Block* of(void* payload) {
        return reinterpret_cast<Block*>(static_cast<std::byte*>(payload) - sizeof(Block));
    }
    bool shared() const { return refs.load(std::memory_order_acquire) > 1; }
};
static_assert(sizeof(Block) == 64);

// refs == 1; throws MemoryError. The attribute spares callers a branch, and warnings of g++ that it writes where no
// block would be.
[[gnu::returns_nonnull]] Block* allocate_block(std::size_t bytes);
void* system_memory(std::size_t bytes);      // 64-byte aligned, for std::free(); throws MemoryError
std::size_t block_bytes(std::size_t bytes);  // what such a block takes, header and rounding included
void recycle(Block* block) noexcept;         // for a block that nobody refers to any more

inline void retain(Block* block) { block->refs.fetch_add(1, std::memory_order_relaxed); }
// The only owner needs no atomic subtraction: no other thread can copy what it alone has.
inline void release(Block* block) noexcept {
    if (block->refs.load(std::memory_order_acquire) == 1 || block->refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
        recycle(block);
}

}  // namespace detail
}  // namespace heed
