// Pools of memory blocks: size classes, and free lists of each thread.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>
#include <fmt/format.h>
#include <sys/mman.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/memory.hpp>

namespace heed {
namespace detail {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool pooling = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool pooling = false;
#else
constexpr bool pooling = true;
#endif
#else
constexpr bool pooling = true;
#endif

constexpr std::size_t huge_page = std::size_t{1} << 21;
constexpr std::size_t most_bytes = std::size_t{1} << 46;  // no machine has more for one block

// Size classes, block header included: 128, then four per doubling (powers of two would waste up to half).
constexpr std::uint32_t classes = 160;
std::uint32_t class_of(std::size_t bytes) {
    if (bytes <= 128) return 0;
    const auto top = static_cast<std::uint32_t>(std::bit_width(bytes - 1)) - 1;  // 2^top < bytes <= 2^(top + 1)
    const auto quarter = static_cast<std::uint32_t>((bytes - 1) >> (top - 2)) & 3u;
    return (top - 7) * 4 + quarter + 1;
}
std::size_t class_bytes(std::uint32_t c) {
    if (c == 0) return 128;
    const std::uint32_t top = (c - 1) / 4 + 7;
    return (std::size_t{1} << top) + ((c - 1) % 4 + 1) * (std::size_t{1} << (top - 2));
}

// Counters have one writer each, so a plain load and store is enough.
void bump(std::atomic<std::size_t>& counter, std::size_t by) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

std::size_t bytes_of(const Block* block) { return block->capacity + sizeof(Block); }

[[noreturn, gnu::cold]] void refuse(std::size_t bytes) {
    const MemoryReport now = memory_report();
    throw MemoryError(
        fmt::format("memory: the system does not give {} bytes; arrays hold {} bytes, and {} more are pooled for reuse "
                    "(release_pooled_memory() gives back those of a thread)",
                    bytes, now.live, now.pooled));
}

Block* from_system(std::size_t bytes) { return new (system_memory(bytes)) Block; }

}  // namespace

void* system_memory(std::size_t bytes) {
    if (bytes > most_bytes) refuse(bytes);
    // A large block asks for huge pages, for all of it but a last part: with small ones, reading and writing large
    // arrays takes up to twice as long. The system may decline.
    const bool large = bytes >= 2 * huge_page;
    const std::size_t alignment = large ? huge_page : 64;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!memory) refuse(bytes);
    if (large) ::madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
    return memory;
}

// Free lists of one thread. Blocks freed by another thread wait in `returned` until the owner needs them.
class Pool {
public:
    Block* take(std::size_t bytes) {
        const std::uint32_t c = class_of(bytes + sizeof(Block));
        Block* block = pop(c);
        if (!block) [[unlikely]]
            block = find_or_make(c);
        block->refs.store(1, std::memory_order_relaxed);
        const std::size_t in_use = live.load(std::memory_order_relaxed) + bytes_of(block);
        live.store(in_use, std::memory_order_relaxed);
        if (in_use > peak.load(std::memory_order_relaxed)) peak.store(in_use, std::memory_order_relaxed);
        return block;
    }
    void give(Block* block) {
        block->next = free_[block->size_class];
        free_[block->size_class] = block;
        bump(live, std::size_t{0} - bytes_of(block));
    }
    void give_from_elsewhere(Block* block) {
        block->next = returned_.load(std::memory_order_relaxed);
        while (!returned_.compare_exchange_weak(block->next, block, std::memory_order_release,
                                                std::memory_order_relaxed)) {}
    }
    void trim() {
        drain();
        for (Block*& list : free_)
            while (Block* block = list) {
                list = block->next;
                bump(held, std::size_t{0} - bytes_of(block));
                std::free(block);
            }
    }

    std::atomic<std::size_t> live{0}, held{0}, peak{0}, system_allocations{0};

private:
    Block* pop(std::uint32_t c) {
        Block* block = free_[c];
        if (block) free_[c] = block->next;
        return block;
    }
    [[gnu::noinline]] Block* find_or_make(std::uint32_t c) {
        Block* block = nullptr;
        if (returned_.load(std::memory_order_relaxed)) {
            drain();
            block = pop(c);
        }
        // Batches of changing lengths would fill every class, so a block up to half as large again is taken, too.
        for (std::uint32_t near = c + 1; !block && near <= c + 2 && c > 20; ++near) block = pop(near);
        if (block) return block;
        block = from_system(class_bytes(c));
        block->size_class = c;
        block->capacity = class_bytes(c) - sizeof(Block);
        block->owner = this;
        bump(system_allocations, 1);
        bump(held, bytes_of(block));
        return block;
    }
    void drain() {
        Block* block = returned_.exchange(nullptr, std::memory_order_acquire);
        while (block) {
            Block* next = block->next;
            give(block);
            block = next;
        }
    }
    std::array<Block*, classes> free_{};
    std::atomic<Block*> returned_{nullptr};
};

namespace {

// Pools outlive their threads, because blocks may; a new thread takes over the pool of one that ended.
struct Registry {
    std::mutex mutex;
    std::vector<Pool*> all, idle;
};
Registry& registry() {
    static Registry* const instance = new Registry;  // never destroyed: arrays may be freed after main()
    return *instance;
}

thread_local Pool* mine = nullptr;  // trivial, so that reading it costs one load

// Gives the thread's pool to the next thread when this one ends.
struct HandBack {
    ~HandBack() {
        std::lock_guard lock(registry().mutex);
        registry().idle.push_back(mine);
        mine = nullptr;
    }
};

[[gnu::noinline]] Pool& adopt_pool() {
    {
        std::lock_guard lock(registry().mutex);
        if (registry().idle.empty()) {
            registry().all.push_back(mine = new Pool);
        } else {
            mine = registry().idle.back();
            registry().idle.pop_back();
        }
    }
    thread_local HandBack at_exit;
    static_cast<void>(at_exit);
    return *mine;
}

}  // namespace

Block* allocate_block(std::size_t bytes) {
    if (bytes > most_bytes) refuse(bytes);
    if constexpr (!pooling) {
        Block* block = from_system(bytes + sizeof(Block));
        block->refs.store(1, std::memory_order_relaxed);
        block->capacity = bytes;
        return block;
    }
    return (mine ? *mine : adopt_pool()).take(bytes);
}

std::size_t block_bytes(std::size_t bytes) {
    return pooling ? class_bytes(class_of(bytes + sizeof(Block))) : bytes + sizeof(Block);
}

void recycle(Block* block) noexcept {
    if constexpr (!pooling) std::free(block);
    else if (block->owner == mine) block->owner->give(block);
    else block->owner->give_from_elsewhere(block);
}

}  // namespace detail

MemoryReport memory_report() {
    MemoryReport sum;
    std::lock_guard lock(detail::registry().mutex);
    for (const detail::Pool* pool : detail::registry().all) {
        sum.live += pool->live.load(std::memory_order_relaxed);
        sum.pooled += pool->held.load(std::memory_order_relaxed) - pool->live.load(std::memory_order_relaxed);
        sum.peak += pool->peak.load(std::memory_order_relaxed);
        sum.system_allocations += pool->system_allocations.load(std::memory_order_relaxed);
    }
    return sum;
}

void reset_memory_peak() {
    std::lock_guard lock(detail::registry().mutex);
    for (detail::Pool* pool : detail::registry().all)
        pool->peak.store(pool->live.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void release_pooled_memory() {
    if (detail::mine) detail::mine->trim();
}

}  // namespace heed
