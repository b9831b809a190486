#pragma once
// The processes that mpirun started, as a group that trains one model together.
//     int main(int argc, char** argv) {
//         distributed::World world(argc, argv);
//         ...
//         training::fit({.folder = ..., .steps = 1000, .shards = 8, .world = &world}, params, adam, batch, loss);
//     }
#include <memory>
#include <heed/nn/training/run/group.hpp>

namespace heed::distributed {

class Pulse;

// One in a process, alive while it trains. MPI is started where mpirun (or srun) started the program, and nowhere else:
// without, this is the group of one process. Whatever waits for the other processes throws training::GroupError where
// one of them is silent for longer than the patience: it was killed or stopped, or its link is cut. A process that
// computes is not silent, however long it takes.
class World : public training::Group {
public:
    // Throws Error where several processes were started and heed was built without MPI.
    World(int& argc, char**& argv);
    // As finish(), unless that was called; an error is printed. Where an exception unwinds it, it waits for two
    // seconds: if the others have no such error, this process leaves, and mpirun ends them.
    ~World() override;

    int rank() const override { return rank_; }
    int size() const override { return size_; }

    static constexpr double usual_patience = 60;
    // Seconds. Throws RangeError outside 1 to 1e9.
    void set_patience(double seconds);
    // Waits until the other processes have come to their end, too; nothing may follow. Throws GroupError.
    void finish();
    // This process ends by an error, which was caught: as if it unwound the World.
    void fail() { failed_ = true; }

    void exchange(int partner, std::span<const std::byte> send, std::span<std::byte> receive) override;
    void stop_exchanges() override;
    std::unique_ptr<Transfer> begin_all_to_all(std::span<const std::byte> send, std::span<const std::size_t> ends,
                                               std::span<std::byte> receive) override;
    std::unique_ptr<Transfer> begin_share_parts(std::span<std::byte> all, std::span<const std::size_t> ends) override;

private:
    void be_patient(double seconds);
    void end(bool fails);

    int rank_ = 0, size_ = 1;
    [[maybe_unused]] int unwinding_;  // exceptions when it began; of use with MPI
    std::unique_ptr<Pulse> pulse_;    // of MPI, where this started it
    bool failed_ = false;
};

}  // namespace heed::distributed
