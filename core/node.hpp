#pragma once
// Node, one value of a computation, and what every op asks of the tape that records.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/base/error.hpp>
#include <heed/core/base/thread_scope.hpp>
#include <heed/core/gradient.hpp>
#include <heed/core/quantized.hpp>

namespace heed {

// Gets a value's complete gradient and returns the one to continue with; see Var::on_gradient.
using GradientHook = std::function<Array(Array gradient)>;

namespace detail {

// What ops ask of a tape, the innermost of this thread first; the rest of it is in core/tape.hpp.
struct HEED_ABI TapeState : ThreadScope<TapeState> {
    TapeState(std::uint64_t id, bool training) : id_(id), training_(training) {}
    std::uint64_t id_;
    bool training_, pausing_ = false;
};

// What only a leaf has.
struct HEED_ABI Leaf {
    std::string name;
    std::atomic<std::uint64_t> swept_by{0};  // the tape whose sweep adds to its gradient now
    bool frozen = false;
    std::shared_ptr<const QuantizedMatrix>
        quantized;  // the value in fewer bits, if it is still the one of quantized->version
};

// What only a value with hooks has.
struct HEED_ABI Hooks {
    struct Hook {
        GradientHook call;
        Site added;
    };
    std::vector<Hook> list;
    Gradient earlier;  // what a leaf had collected before the sweep that runs
};

// One value. Handles that read the value and slots that only add gradients are counted apart (readers in the upper
// half of `count`), so that the value's memory is free as soon as nobody will read it. Temporaries belong to one thread
// and are counted plainly; leaves and constants may be shared between threads.
struct HEED_ABI Node {
    Node(Array&& v, bool shared_) : shared(shared_), value(std::move(v)) {}

    std::atomic<std::uint64_t> count{reader};
    std::uint64_t tape = 0;                 // the tape that recorded it, 0 for none
    std::atomic<std::uint64_t> kept_by{0};  // shared: the last tape that keeps it alive, so that ops need not count it
    Leaf* leaf = nullptr;
    Hooks* hooks = nullptr;
    Gradient grad;                // of the value's shape
    const char* changed_by = "";  // who wrote to the value last
    std::uint32_t version = 0;    // how often the value was written to
    bool shared;
    Array value;

    static constexpr std::uint64_t holder = 1, reader = (std::uint64_t{1} << 32) + 1;

    const Shape& shape() const { return value.shape(); }  // also when the memory of the value is gone
    // Always inline: the test cases in the files of ops would use up what the compiler is willing to inline in a file.
    [[gnu::always_inline]] bool wants_grad() const {
        if (leaf) return !leaf->frozen;
        const TapeState* t = tape ? TapeState::innermost() : nullptr;
        while (t && t->id_ != tape) t = t->outer();
        return t != nullptr;
    }
    void add(std::uint64_t amount) {
        if (shared) count.fetch_add(amount, std::memory_order_relaxed);
        else count.store(count.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    void drop(std::uint64_t amount) {
        std::uint64_t left;
        if (shared) left = count.fetch_sub(amount, std::memory_order_acq_rel) - amount;
        else count.store(left = count.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
        if (left == 0) destroy(this);
        else if (amount == reader && left >> 32 == 0) value.storage() = Storage<Real>();
    }
    void check_version(std::uint32_t saved) const {
        if (version != saved) [[unlikely]]
            refuse_version(*this);
    }
    static Node* make(Array&& value, bool shared);
    static void destroy(Node* node) noexcept;
    [[noreturn]] static void refuse_version(const Node& node);
};

// The op that made a value, and the line that called it.
struct HEED_ABI Maker {
    const char* op;
    Site at;
};
using Makers = std::unordered_map<const Node*, Maker>;
HEED_ABI extern constinit thread_local Makers*
    makers;  // where this thread's ops are noted while watch_makers is on, else null

void keep_until_swept(Node& node);
// Lets the tape that records hold a leaf or constant until it is swept or ends: once, however many ops use it.
inline void keep(Node& node) {
    if (node.kept_by.load(std::memory_order_relaxed) != TapeState::innermost()->id_) keep_until_swept(node);
}

}  // namespace detail

HEED_ABI inline bool recording() {  // is a tape alive and not paused?
    const detail::TapeState* const tape = detail::TapeState::innermost();
    return tape && !tape->pausing_;
}

}  // namespace heed
