#pragma once
// What the tape and the kernels report to the profiler.
// Private to heed; not installed.
#include <atomic>
#include <chrono>
#include <set>
#include <span>
#include <unordered_map>
#include <heed/core/observe/profile.hpp>

namespace heed::detail {

// FLOPs of all threads: an op's kernels may run on several.
extern constinit std::atomic<int> counting;  // how many Profilings are alive
extern constinit std::atomic<std::uint64_t> counted;
inline void count_flops(std::int64_t n) {
    if (counting.load(std::memory_order_relaxed) > 0) [[unlikely]]
        counted.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
}

// An operand of an op: a node that an op made, or a leaf or constant.
struct ProfiledOperand {
    const void* node;
    bool made, leaf;
    std::string_view name;
    Shape shape;
};

class Profiler {
public:
    using Clock = std::chrono::steady_clock;

    void begin();
    void end();
    // Time since the last call, for an op that has just made `result`.
    void forward(std::string_view op, const Shape& shape, std::uint64_t bytes, const void* result, bool recorded,
                 std::span<const ProfiledOperand> operands);
    void backward(std::string_view op, const Shape& shape) { add(ProfiledCall::backward, op, shape); }
    void other(std::string_view name) { add(ProfiledCall::other, name, {}); }
    void between() { other("(between ops)"); }
    void pass(std::uint64_t bytes) { bytes_ += bytes; }  // of the call that runs
    void new_tape();

    // An arrow of the graph: from what made an operand to the call that used it.
    struct Arrow {
        std::size_t to;
        std::size_t from;  // a call, or none
        const void* node;
        bool leaf;
        std::string name;
        Shape shape;
        static constexpr std::size_t none = ~std::size_t{0};
    };
    std::vector<ProfiledCall> calls;
    std::int64_t total = 0;            // nanoseconds
    std::size_t first_of_graph = 0;    // call
    std::vector<Arrow> arrows;         // of the calls since then
    std::set<std::size_t> unrecorded;  // of those calls

private:
    void add(ProfiledCall::Phase phase, std::string_view op, const Shape& shape);
    std::string_view kept(std::string_view name) {
        const auto at = names_.find(name);
        return at == names_.end() ? *names_.emplace(name).first : *at;
    }
    std::int64_t now() const {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - epoch_).count();
    }

    Clock::time_point epoch_ = Clock::now();
    std::int64_t began_ = 0, last_ = 0;
    std::uint64_t flops_ = 0, bytes_ = 0;
    std::set<std::string, std::less<>> names_;
    std::unordered_map<const void*, std::size_t> makers_;  // of nodes, since the graph began
};

}  // namespace heed::detail
