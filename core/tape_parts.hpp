#pragma once
// Parts of what a tape records, such as the shards of a batch that meet in some of their ops.
#include <deque>
#include <unordered_map>
#include <heed/core/base/function_ref.hpp>
#include <heed/core/tape.hpp>

namespace heed {

namespace detail {

using Ordinals = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // random ops so far, by scope
HEED_ABI RandomStream next_stream(Key key, Ordinals& ordinals);

// What one part has for itself.
struct HEED_ABI TapePart {
    explicit TapePart(Key k) : key(k) {}
    Gradient& gradient_of(Node& leaf);

    Key key;
    Ordinals ordinals = {};
    std::deque<std::pair<Var, Gradient>> gradients = {};  // of leaves, in the order in which the sweep reached them
    std::unordered_map<const Node*, Gradient*> found = {};
};

}  // namespace detail

// Parts of the tape that is this thread's innermost one when they are made. What is recorded while an InPart is alive
// belongs to that part: it draws from random streams of the part's key, as a tape of its own would, and what it adds to
// the gradients of leaves is kept apart until deliver(). So the stretches of one sequence, which meet in attention, are
// shards like those that never meet. What is recorded outside of all parts is the tape's own.
//     Tape tape(key);
//     TapeParts parts({first, second});  // keys
//     const std::vector<Var> y = in_parts(2, [&](std::size_t n) { return model(x[n]); });
//     tape.backward(sum(y[0]) + sum(y[1]));
//     parts.deliver(0);  // the leaves now have the gradients of the first part
// A value of one part may be an operand in another, or in none. checkpoint() is refused while a tape has parts.
class HEED_ABI TapeParts : public ThreadScope<TapeParts> {
public:
    // Throws TapeError where there is no tape.
    explicit TapeParts(const std::vector<Key>& keys, Site at = Site::current());
    static TapeParts* current();  // those of the innermost tape; null where it has none

    std::size_t size() const { return parts_.size(); }
    bool inside() const { return now_ != nullptr; }  // is an InPart alive?

    // Adds the gradients of a part to those of the leaves, and forgets them: hooks (Var::on_gradient) get them alone.
    // Throws RangeError for a part that there is not.
    void deliver(std::size_t part, Site at = Site::current());

    // For sweeps, attention and InPart; heed's users have no need of them.
    static TapeParts* of(const Tape& tape);
    detail::TapePart* now() const { return now_; }
    detail::TapePart* at(std::size_t part, Site site);
    detail::TapePart* part_of(std::size_t step) const;  // null: of none
    void move_to(detail::TapePart* part);
    void drop_gradients();  // after a sweep that failed

private:
    struct Switch {
        std::size_t step;  // the first one
        detail::TapePart* part;
    };
    std::uint64_t tape_;
    std::deque<detail::TapePart> parts_;
    std::vector<Switch> switches_;
    detail::TapePart* now_ = nullptr;
};

// While it is alive, this thread records in a part of its innermost tape; does nothing where that has no parts. Throws
// RangeError for a part that there is not.
class HEED_ABI InPart {
public:
    explicit InPart(std::size_t part, Site at = Site::current());
    ~InPart();
    InPart(const InPart&) = delete;
    InPart& operator=(const InPart&) = delete;

private:
    TapeParts* parts_;
    detail::TapePart* before_ = nullptr;
};

// f(n) of n = 0 .. parts - 1, each recorded in part n.
template <class F>
std::vector<Var> in_parts(std::size_t parts, F f, Site at = Site::current()) {
    std::vector<Var> all;
    for (std::size_t n = 0; n < parts; ++n) {
        const InPart in(n, at);
        all.push_back(f(n));
    }
    return all;
}

namespace detail {

// Where this thread's sweep adds gradients of leaves.
struct HEED_ABI GradientsTo : ThreadScope<GradientsTo> {
    explicit GradientsTo(TapeParts* all, TapePart* one) : parts(all), part(one) {}
    TapeParts* parts;  // of the tape that is swept; null: it has none
    TapePart* part;    // null: to the leaves' own
};

// While one is alive, the sweep of its tape calls then(leaf) for each leaf that it reached, when it adds no more to the
// leaf's gradient and the hooks have run: in the order of completion, the last parameters of a model first. The
// gradient may be taken out of the leaf. What is thrown ends the sweep.
struct HEED_ABI CompleteLeaves : ThreadScope<CompleteLeaves> {
    using Then = FunctionRef<void(Node& leaf)>;
    CompleteLeaves(const Tape& swept, Then f) : tape(&swept), then(f) {}
    const Tape* tape;
    Then then;
};

}  // namespace detail

}  // namespace heed
