#pragma once
// The tape: records ops while it is alive, and sweeps them backwards. The order of recording is the topological
// order, so a sweep is a loop. No tape alive means plain evaluation.
#include <algorithm>
#include <optional>
#include <string_view>
#include <heed/core/base/random.hpp>
#include <heed/core/base/scope.hpp>
#include <heed/core/observe/check.hpp>
#include <heed/core/var.hpp>

namespace heed {

namespace detail {

// One recorded op; its closure lies behind it in the tape's arena.
struct HEED_ABI Step {
    void (*run)(Step&, Array&& dy);
    void (*destroy)(Step&) noexcept;
    Node* out;
    const char* op;
    std::string_view scope;
    Step* previous;
};

template <class F>
struct HEED_ABI StepOf : Step {
    template <class G>
    StepOf(const Step& step, G&& f) : Step(step), version(step.out->version), back(std::forward<G>(f)) {}
    std::uint32_t version;
    F back;
};

// A backward that reads the op's result takes (const Array& y, dy), else (dy). `dy` may be taken as Array and moved on.
template <class F>
inline constexpr bool reads_result = std::is_invocable_v<const F&, const Array&, Array>;

// A leaf, and the number of the step that used it first: once the sweep has passed that step, the leaf's gradient is
// complete.
struct HEED_ABI LeafUse {
    Node* leaf;
    std::size_t step;
};

std::vector<Array> gradient(const Var& y, const Ins& xs, std::optional<Array> dy, bool keep, Site at);

}  // namespace detail

HEED_ABI bool dropout_is_on();

struct Evaluate {};
inline constexpr Evaluate evaluate;  // `Tape tape(evaluate)` records with dropout off

struct KeepRecording {};
inline constexpr KeepRecording keep_recording;  // `tape.backward(loss, keep_recording)`: there will be another sweep

class HEED_ABI Tape : detail::TapeState {
public:
    // Without a key each new tape of a thread gets the next step of seed 0.
    Tape();
    explicit Tape(Key key) : Tape(key, true) {}
    explicit Tape(Evaluate) : Tape(Key{}, false) {}
    ~Tape();

    // Adds d loss / d x to the gradient of every leaf x that the loss depends on. Frees the recording as it passes,
    // unless it is asked to keep it for another sweep. Throws ShapeError unless loss has one element, TapeError if
    // nothing was recorded or it was freed.
    void backward(const Var& loss, Site at = Site::current()) { backward(loss, Sweep::free, at); }
    void backward(const Var& loss, KeepRecording, Site at = Site::current()) { backward(loss, Sweep::keep, at); }

    std::size_t size() const { return size_; }  // recorded ops
    std::uint64_t id() const { return id_; }
    Key key() const { return key_; }
    static Tape* current() {
        return static_cast<Tape*>(detail::TapeState::innermost());
    }  // the innermost tape of this thread, or nullptr

    // For checkpoint(): how far this step's random streams have been used, a tape that continues from there (the second
    // run must draw what the first one drew), and the leaves that were used.
    struct Streams {
        Key key;
        bool training;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> ordinals;
    };
    explicit Tape(const Streams& streams) : Tape(streams.key, streams.training) { ordinals_ = streams.ordinals; }
    Streams streams() const { return {key_, training_, ordinals_}; }
    void continue_from(const Tape& inner) { ordinals_ = inner.ordinals_; }
    const std::vector<detail::LeafUse>& leaves() const { return leaves_; }
    void sweep_inside(const Var& y, Array dy) {
        sweep(y.node(), std::move(dy), Sweep::inside);
    }  // as a part of the sweep that runs

    // For record(); heed's users have no need of it.
    template <class F>
    void push(const char* op, detail::Node* out, F&& back) {
        using Stored = detail::StepOf<std::decay_t<F>>;
        static_assert(alignof(Stored) <= step_alignment);
        static_assert(std::is_invocable_v<const std::decay_t<F>&, Array> || detail::reads_result<std::decay_t<F>>,
                      "a backward takes (dy) or (y, dy) and is not mutable: a recording that is kept runs it again");
        constexpr std::uint64_t hold =
            detail::reads_result<std::decay_t<F>> ? detail::Node::reader : detail::Node::holder;
        detail::Step step{[](detail::Step& s, Array&& dy) {
                              const auto& self = static_cast<const Stored&>(s);
                              if constexpr (detail::reads_result<std::decay_t<F>>) {
                                  s.out->check_version(self.version);
                                  self.back(static_cast<const Array&>(s.out->value), std::move(dy));
                              } else {
                                  self.back(std::move(dy));
                              }
                          },
                          [](detail::Step& s) noexcept {
                              auto& self = static_cast<Stored&>(s);
                              detail::Node* node = s.out;
                              self.~Stored();
                              node->drop(hold);
                          },
                          out,
                          op,
                          Scope::current(),
                          last_};
        last_ = new (room(sizeof(Stored))) Stored(step, std::forward<F>(back));
        out->add(hold);
        out->tape = id_;
        ++size_;
    }
    void keep(detail::Node* node);   // see detail::keep
    void touch(detail::Node* node);  // a gradient was begun outside this tape's own values
    RandomStream next_stream();      // for the next random op of this step

private:
    enum class Sweep { free, keep, inside };
    friend std::vector<Array> detail::gradient(const Var&, const Ins&, std::optional<Array>, bool, Site);
    void backward(const Var& loss, Sweep sweep, Site at);
    static constexpr std::size_t step_alignment = 16;
    Tape(Key key, bool training);
    void* room(std::size_t bytes) {
        bytes = (bytes + step_alignment - 1) / step_alignment * step_alignment;
        if (!arena_ || used_ + bytes > arena_->capacity) [[unlikely]]
            add_block(bytes);
        void* address = static_cast<std::byte*>(arena_->payload()) + used_;
        used_ += bytes;
        return address;
    }
    void add_block(std::size_t bytes);
    void sweep(detail::Node& from, Array dy, Sweep how);
    void complete(std::size_t use);
    void clear() noexcept;

    Key key_;
    bool swept_ = false;
    detail::Step* last_ = nullptr;
    std::size_t size_ = 0;
    detail::Block* arena_ = nullptr;  // the newest of a chain of blocks
    std::size_t used_ = 0;
    std::vector<detail::LeafUse> leaves_;  // in the order of their first use
    std::vector<detail::Node*> constants_, touched_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ordinals_;  // random ops so far, by scope
};

// Stops recording on this thread while it is alive; dropout stays as it is.
class HEED_ABI Pause {
public:
    Pause();
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

private:
    detail::TapeState* tape_;
    bool before_;
};

// While it is alive, this thread neither records nor drops out, whichever tape is alive outside: for a model that is
// evaluated in the middle of a training step.
class HEED_ABI Inference {
    Tape tape_{evaluate};
    Pause pause_;
};

// Turns dropout on where no tape is alive (Monte-Carlo dropout). Each call of a model in one scope draws anew.
class HEED_ABI Sampling : public ThreadScope<Sampling> {
public:
    explicit Sampling(std::uint64_t seed = 0) : key_{seed, 0} {}
    RandomStream next_stream();

private:
    Key key_;
};

HEED_ABI RandomStream next_random_stream();  // for a random op, while dropout is on

// dy-weighted gradients of y with respect to each x; leaves' own gradients stay as they are. `dy` is all ones by
// default. Frees the recording unless asked to keep it. Throws TapeError for an x that y does not depend on.
inline std::vector<Array> gradient(const Var& y, const Ins& xs, std::optional<Array> dy = {},
                                   Site at = Site::current()) {
    return detail::gradient(y, xs, std::move(dy), false, at);
}
inline std::vector<Array> gradient(const Var& y, const Ins& xs, std::optional<Array> dy, KeepRecording,
                                   Site at = Site::current()) {
    return detail::gradient(y, xs, std::move(dy), true, at);
}

namespace detail {
void check_numbers(const char* op, const char* what, const Array& x);
// Where this thread is watched: an op's result, made from these operands; a gradient that it adds.
void watch(const char* op, std::initializer_list<std::reference_wrapper<const In>> inputs, const Node& out,
           bool recorded);
void watch(const char* op, const Ins& inputs, const Node& out, bool recorded);
void watch_gradient(const char* op, const Array& dx);
void run_hooks(Node& node);  // on its gradient

template <class Inputs, class F>
Var record_if(bool wanted, const char* op, const Inputs& inputs, Array&& y, F&& back) {
    Var out = Var::adopt(Node::make(std::move(y), false));
    if (watching != 0) [[unlikely]]
        watch(op, inputs, out.node(), wanted);
    if (wanted) Tape::current()->push(op, &out.node(), std::forward<F>(back));
    return out;
}
}  // namespace detail

// Wraps an op's result `y`. `back` is kept only if a tape records and an input wants a gradient; see
// detail::reads_result.
template <class F>
Var record(const char* op, std::initializer_list<std::reference_wrapper<const In>> inputs, Array&& y, F&& back) {
    const bool wanted =
        recording() && std::any_of(inputs.begin(), inputs.end(), [](const In& x) { return x.wants_grad(); });
    return detail::record_if(wanted, op, inputs, std::move(y), std::forward<F>(back));
}
template <class F>
Var record(const char* op, const Ins& inputs, Array&& y, F&& back) {
    const bool wanted =
        recording() && std::any_of(inputs.begin(), inputs.end(), [](const Var& x) { return x.wants_grad(); });
    return detail::record_if(wanted, op, inputs, std::move(y), std::forward<F>(back));
}

}  // namespace heed
