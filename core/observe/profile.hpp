#pragma once
// Where the time of a program goes: by op, by layer, as a timeline, and what was computed from what.
//
//     Profile profile;
//     {
//         Profiling on(profile);
//         Tape tape;
//         tape.backward(model.loss(batch));
//         adam.step();
//     }
//     fmt::print("{}", profile.table());
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/base/shape.hpp>
#include <heed/core/base/thread_scope.hpp>

namespace heed {

// One call of an op. An op does not report when it begins, so its time runs from the end of the call before it on the
// same thread. What a program does between ops counts to the op that follows, but for what it does before a Tape or a
// sweep begins, which counts to "(between ops)", and in a ProfiledPart. The ops of a layer's backward have the layer of
// the forward.
struct ProfiledCall {
    enum Phase { forward, backward, other } phase;
    std::string_view op, layer;  // live as long as the profile
    Shape shape;                 // of the op's result
    std::int64_t start, time;    // nanoseconds; `start` since the profile's first Profiling
    std::uint64_t
        flops;  // of matrix products and of attention's products, a multiply-add being two, wherever an op makes them
    std::uint64_t bytes;  // forward: operands and result; backward: the gradients that came and went
};

namespace detail {
class Profiler;
Profiler* profiler();  // of the innermost Profiling of this thread, or null
}  // namespace detail

class Profile {
public:
    Profile();
    ~Profile();

    const std::vector<ProfiledCall>& calls() const;  // in the order in which they ended
    double seconds() const;                          // while a Profiling was alive

    struct Cost {
        std::size_t calls = 0;
        double seconds = 0;
    };
    struct Row {
        std::string name;
        Cost forward = {}, backward = {}, other = {};
        double flops = 0, bytes = 0;
        double seconds() const { return forward.seconds + backward.seconds + other.seconds; }
    };
    std::vector<Row> by_op() const;     // the slowest first
    std::vector<Row> by_layer() const;  // a path's row holds all that is below it; in the order of their first calls

    // Both as text: layers down to `depth` parts of a path. With `peak` in FLOP/s, as measure_peak()
    // (ops/product/peak.hpp) gives it, also what share of it each row's products reach over the row's whole time.
    std::string table(double peak = 0, int depth = 4) const;
    // The timeline with the layers above their ops, as JSON that chrome://tracing and https://ui.perfetto.dev open:
    // "Trace Event Format".
    std::string trace() const;
    // What the ops since the newest tape began have computed from what, in the DOT language of Graphviz: leaves as
    // boxes, and dashed what no gradient goes through.
    std::string graph() const;

private:
    friend class detail::Profiler;
    friend class Profiling;
    std::unique_ptr<detail::Profiler> profiler_;
};

// While it is alive, every op of this thread is added to the profile, of which no other thread may make use meanwhile.
// The innermost Profiling counts. Each call is kept: profile some steps, not a whole training.
class Profiling : public ThreadScope<Profiling> {
public:
    explicit Profiling(Profile& profile);
    ~Profiling();

private:
    friend detail::Profiler* detail::profiler();
    detail::Profiler* profiler_;
};

// Names what a program does outside of ops, as the optimisers do: { ProfiledPart part("batch"); batch = next(); }
class ProfiledPart {
public:
    explicit ProfiledPart(std::string_view name);
    ~ProfiledPart();
    ProfiledPart(const ProfiledPart&) = delete;
    ProfiledPart& operator=(const ProfiledPart&) = delete;

private:
    std::string_view name_;
};

}  // namespace heed
