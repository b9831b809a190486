// The tape: its memory, what it keeps alive, and the random streams of a step.
#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/core/observe/profiler.hpp>
#include <heed/core/tape_parts.hpp>

namespace heed {

using detail::Node;
using detail::Step;
using detail::TapeState;

namespace {

constexpr std::size_t arena_bytes = 64 * 1024 - sizeof(detail::Block);

thread_local std::uint64_t tapes_of_thread = 0;
std::atomic<std::uint64_t> tape_ids{0};

// What ended tapes leave to the next ones, so that a step allocates nothing.
struct Lists {
    std::vector<detail::LeafUse> leaves;
    std::vector<Node*> constants, touched;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ordinals;
};
thread_local std::vector<Lists> spare_lists;

}  // namespace

void detail::keep_until_swept(Node& node) { Tape::current()->keep(&node); }

bool dropout_is_on() {
    const TapeState* const tape = TapeState::innermost();
    return tape ? tape->training_ : Sampling::innermost() != nullptr;
}
RandomStream next_random_stream() {
    if (const TapeParts* const parts = TapeParts::current(); parts && parts->inside())
        return detail::next_stream(parts->now()->key, parts->now()->ordinals);
    return Tape::current() ? Tape::current()->next_stream() : Sampling::innermost()->next_stream();
}

Tape::Tape(Key key, bool training) : TapeState(++tape_ids, training), key_(key) {
    if (spare_lists.empty()) {
        spare_lists.reserve(8);
    } else {
        Lists& lists = spare_lists.back();
        leaves_ = std::move(lists.leaves);
        constants_ = std::move(lists.constants);
        touched_ = std::move(lists.touched);
        ordinals_ = std::move(lists.ordinals);
        spare_lists.pop_back();
    }
    if (detail::Profiler* const profiler = detail::profiler(); profiler && !outer()) profiler->new_tape();
}
Tape::Tape() : Tape(Key{0, tapes_of_thread++}, true) {}
Tape::~Tape() {
    clear();
    while (arena_) {
        detail::Block* next = arena_->next;
        detail::release(arena_);
        arena_ = next;
    }
    ordinals_.clear();
    if (spare_lists.size() < spare_lists.capacity())
        spare_lists.push_back({std::move(leaves_), std::move(constants_), std::move(touched_), std::move(ordinals_)});
}

void Tape::add_block(std::size_t bytes) {
    detail::Block* fresh = detail::allocate_block(std::max(bytes, arena_bytes));
    fresh->next = arena_;
    arena_ = fresh;
    used_ = 0;
}

void Tape::keep(Node* node) {
    if (node->kept_by.load(std::memory_order_relaxed) == id_) return;
    node->kept_by.store(id_, std::memory_order_relaxed);
    node->add(Node::reader);
    if (node->leaf) leaves_.push_back({node, size_});
    else constants_.push_back(node);
}

RandomStream detail::next_stream(Key key, Ordinals& ordinals) {
    const std::uint64_t scope = hash_text(Scope::current());
    for (auto& [path, ordinal] : ordinals)
        if (path == scope) return RandomStream(key, scope + mix_bits(ordinal++));
    ordinals.emplace_back(scope, 1);
    return RandomStream(key, scope + mix_bits(0));
}
RandomStream Tape::next_stream() { return detail::next_stream(key_, ordinals_); }

void Tape::clear() noexcept {
    while (Step* step = last_) {
        last_ = step->previous;
        step->destroy(*step);
    }
    size_ = 0;
    const auto let_go = [this](Node* node) {
        std::uint64_t mine = id_;  // ops recorded from now on keep it again
        node->kept_by.compare_exchange_strong(mine, 0, std::memory_order_relaxed);
        node->drop(Node::reader);
    };
    for (const detail::LeafUse& use : leaves_) let_go(use.leaf);
    for (Node* constant : constants_) let_go(constant);
    leaves_.clear();
    constants_.clear();
}

Pause::Pause() : tape_(TapeState::innermost()), before_(tape_ && tape_->pausing_) {
    if (tape_) tape_->pausing_ = true;
}
Pause::~Pause() {
    if (tape_) tape_->pausing_ = before_;
}

RandomStream Sampling::next_stream() { return RandomStream(Key{key_.seed, key_.step++}, hash_text(Scope::current())); }

}  // namespace heed
