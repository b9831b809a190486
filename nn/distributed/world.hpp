#pragma once
// The processes that mpirun started, as a group that trains one model together.
//     int main(int argc, char** argv) {
//         distributed::World world(argc, argv);
//         ...
//         training::fit({.folder = ..., .steps = 1000, .shards = 8, .world = &world}, params, adam, batch, loss);
//     }
#include <heed/nn/training/run/group.hpp>

namespace heed::distributed {

// One in a process, alive while it trains. MPI is started where mpirun (or srun) started the program, and nowhere else:
// without, this is the group of one process. The end waits for the other processes. Where an error unwinds it, it waits
// for two seconds: if the others have no such error, this process leaves, and mpirun ends them.
class World : public training::Group {
public:
    // Throws Error where several processes were started and heed was built without MPI.
    World(int& argc, char**& argv);
    ~World() override;

    int rank() const override { return rank_; }
    int size() const override { return size_; }
    // This process ends by an error, which was caught: as if it unwound the World.
    void fail() { failed_ = true; }

    void all_to_all(std::span<const std::byte> send, std::span<const std::size_t> ends,
                    std::span<std::byte> receive) override;
    void share_parts(std::span<std::byte> all, std::span<const std::size_t> ends) override;

private:
    int rank_ = 0, size_ = 1;
    int unwinding_;         // exceptions when it began
    bool started_ = false;  // MPI, by this
    bool failed_ = false;
};

}  // namespace heed::distributed
