#pragma once
// Gradients on their way to the processes that own them, while the sweep makes others.
// Private to heed; not installed.
#include <deque>
#include <memory>
#include <vector>
#include <heed/core/base/function_ref.hpp>
#include <heed/nn/training/shards/owners.hpp>

namespace heed::training {

// Of one batch, from each process the sum over its shards. A bucket is sent when the last of its gradients is there;
// all processes send all buckets, in the same order, so one that has no gradient for a parameter sends zeros. The sums
// are trees over ranks, and do not depend on when something arrived. In one process, nothing is sent.
class HEED_ABI GradientExchange {
public:
    explicit GradientExchange(const Owners& owners);

    // Runs act(), which calls send(), then sends what that has not, and waits for all: also where act() throws. Throws
    // GroupError, and what act() throws.
    void run(FunctionRef<void()> act);

    // The gradient of this process for a parameter, which nothing is added to any more; empty if it has none. Once for
    // each parameter.
    void send(std::size_t parameter, Storage<Real>&& gradient);

    // After run(): the gradient of all processes times `factor`, in the elements that this process owns; the others
    // have no meaning. Of zeros where this process has none and owns none.
    Storage<Real> take(std::size_t parameter, double factor);

private:
    struct Sent {
        std::size_t bucket;
        Storage<Real> values, received;
        std::unique_ptr<Group::Transfer> transfer;  // ends before what it reads and writes
    };
    void send_complete();
    void begin(std::size_t bucket);
    void receive(Sent& sent);
    Real* values_of(std::size_t parameter);

    const Owners& owners_;
    Group& group_;
    std::vector<Owners::Bucket> buckets_;
    std::vector<std::size_t> missing_;                 // of each bucket: gradients that are not complete
    std::vector<std::vector<std::size_t>> needed_by_;  // of each parameter: buckets
    std::vector<bool> complete_;                       // of each parameter
    std::vector<Storage<Real>> gradients_;
    std::size_t next_ = 0;  // bucket to send
    std::deque<Sent> sent_;
};

}  // namespace heed::training
