#pragma once
// Groups of processes that are threads of one: what tests of several processes run without mpirun.
#include <algorithm>
#include <barrier>
#include <thread>
#include <vector>
#include <heed/nn/training/run/group.hpp>

namespace heed::test {

// What the threads of a group share.
struct Meeting {
    explicit Meeting(int threads) : barrier(threads), buffers(static_cast<std::size_t>(threads)) {}
    std::barrier<> barrier;
    std::vector<const std::byte*> buffers;  // of each thread, for as long as one call takes
};

class ThreadGroup : public training::Group {
public:
    ThreadGroup(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return static_cast<int>(meeting_.buffers.size()); }

    std::unique_ptr<Transfer> begin_all_to_all(std::span<const std::byte> send, std::span<const std::size_t> ends,
                                               std::span<std::byte> receive) override {
        const auto r = static_cast<std::size_t>(rank_);
        const std::size_t begin = r == 0 ? 0 : ends[r - 1], mine = ends[r] - begin;
        meet(send.data(),
             [&](std::size_t p, const std::byte* from) { std::copy_n(from + begin, mine, receive.data() + p * mine); });
        return std::make_unique<Transfer>();
    }
    void exchange(int partner, std::span<const std::byte> send, std::span<std::byte> receive) override {
        meet(send.data(), [&](std::size_t p, const std::byte* from) {
            if (p == static_cast<std::size_t>(partner)) std::copy_n(from, receive.size(), receive.data());
        });
    }
    std::unique_ptr<Transfer> begin_share_parts(std::span<std::byte> all, std::span<const std::size_t> ends) override {
        meet(all.data(), [&](std::size_t p, const std::byte* from) {
            const std::size_t begin = p == 0 ? 0 : ends[p - 1];
            if (p != static_cast<std::size_t>(rank_)) std::copy(from + begin, from + ends[p], all.data() + begin);
        });
        return std::make_unique<Transfer>();
    }

private:
    template <class Take>
    void meet(const std::byte* mine, Take take) {
        meeting_.buffers[static_cast<std::size_t>(rank_)] = mine;
        meeting_.barrier.arrive_and_wait();
        for (std::size_t p = 0; p < meeting_.buffers.size(); ++p) take(p, meeting_.buffers[p]);
        meeting_.barrier.arrive_and_wait();
    }
    Meeting& meeting_;
    int rank_;
};

// Calls act(group) in as many threads, each with its group.
template <class Kind = ThreadGroup, class Act>
void in_threads(int threads, Act act) {
    Meeting meeting(threads);
    std::vector<std::thread> all;
    for (int rank = 0; rank < threads; ++rank)
        all.emplace_back([&meeting, rank, &act] {
            Kind group(meeting, rank);
            act(group);
        });
    for (std::thread& thread : all) thread.join();
}

}  // namespace heed::test
