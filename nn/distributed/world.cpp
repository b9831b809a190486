// The processes that mpirun started.
#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/distributed/world.hpp>
#if HEED_MPI
#include <heed/nn/distributed/pulse.hpp>
#endif

namespace heed::distributed {
namespace {

// Set in what mpirun and srun start: by OpenMPI, by MPICH's hydra, by PMIx.
bool is_one_of_several() {
    constexpr std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    return std::ranges::any_of(names, [](const char* name) { return std::getenv(name) != nullptr; });
}

#if HEED_MPI
// What a process prints goes to mpirun, which may have ended: that must not end the process by SIGPIPE, with another
// exit code than its own.
void ignore_lost_output() {
    struct sigaction now {};
    if (sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) std::signal(SIGPIPE, SIG_IGN);
}

int as_count(std::size_t bytes) {
    if (bytes > INT_MAX) throw Error(fmt::format("World: {} bytes at once; expected at most {}", bytes, INT_MAX));
    return static_cast<int>(bytes);
}

// Where parts that end there begin, and how long they are.
struct Parts {
    std::vector<int> begins, lengths;
    explicit Parts(std::span<const std::size_t> ends) {
        std::size_t begin = 0;
        for (const std::size_t end : ends) {
            begins.push_back(as_count(begin));
            lengths.push_back(as_count(end - begin));
            begin = end;
        }
    }
};
#endif

}  // namespace

#if HEED_MPI
World::World(int& argc, char**& argv) : unwinding_(std::uncaught_exceptions()) {
    if (!is_one_of_several()) return;
    ignore_lost_output();
    int given = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &given);
    if (given < MPI_THREAD_SERIALIZED)
        throw Error("World: this MPI lets only one thread call it; expected MPI_THREAD_SERIALIZED");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    pulse_ = std::make_unique<Pulse>(usual_patience);
}

World::~World() {
    try {
        end(failed_ || std::uncaught_exceptions() > unwinding_);
    } catch (const std::exception& e) {
        std::fputs(fmt::format("{}\n", e.what()).c_str(), stderr);
    }
}

void World::end(bool fails) {
    const std::unique_ptr<Pulse> pulse = std::move(pulse_);
    if (pulse && pulse->end(fails)) MPI_Finalize();
}

void World::be_patient(double seconds) {
    if (pulse_) pulse_->set_patience(seconds);
}

std::unique_ptr<training::Group::Transfer> World::begin_all_to_all(std::span<const std::byte> send,
                                                                   std::span<const std::size_t> ends,
                                                                   std::span<std::byte> receive) {
    if (!pulse_) return Group::begin_all_to_all(send, ends, receive);
    Parts out(ends);
    std::vector<std::size_t> received;
    const auto mine = static_cast<std::size_t>(out.lengths[static_cast<std::size_t>(rank_)]);
    for (int p = 1; p <= size_; ++p) received.push_back(mine * static_cast<std::size_t>(p));
    return pulse_->begin("World::all_to_all", [=, out = std::move(out), in = Parts(received)](MPI_Request* request) {
        return MPI_Ialltoallv(send.data(), out.lengths.data(), out.begins.data(), MPI_BYTE, receive.data(),
                              in.lengths.data(), in.begins.data(), MPI_BYTE, MPI_COMM_WORLD, request);
    });
}

// As one collective of which all parts but one are empty. What MPI reads and writes outlives an exchange that is
// stopped.
void World::exchange(int partner, std::span<const std::byte> send, std::span<std::byte> receive) {
    if (!pulse_) return;
    struct Buffers {
        std::vector<std::byte> sent, received;
        std::vector<int> out, in, begins;
    };
    const auto processes = static_cast<std::size_t>(size_);
    const std::vector<int> none(processes);
    const auto all = std::make_shared<Buffers>(
        Buffers{{send.begin(), send.end()}, std::vector<std::byte>(receive.size()), none, none, none});
    all->out[static_cast<std::size_t>(partner)] = as_count(send.size());
    all->in[static_cast<std::size_t>(partner)] = as_count(receive.size());
    pulse_->exchange("World::exchange", [all](MPI_Comm comm, MPI_Request* request) {
        return MPI_Ialltoallv(all->sent.data(), all->out.data(), all->begins.data(), MPI_BYTE, all->received.data(),
                              all->in.data(), all->begins.data(), MPI_BYTE, comm, request);
    });
    std::ranges::copy(all->received, receive.begin());
}

void World::stop_exchanges() {
    if (pulse_) pulse_->stop_exchanges();
}

// MPI_Iallgatherv of OpenMPI 4 takes twice as long over TCP. What is sent is a copy, since MPI allows no buffer to be a
// part of another.
std::unique_ptr<training::Group::Transfer> World::begin_share_parts(std::span<std::byte> all,
                                                                    std::span<const std::size_t> ends) {
    if (!pulse_) return Group::begin_share_parts(all, ends);
    Parts in(ends);
    const auto rank = static_cast<std::size_t>(rank_);
    const auto own = all.subspan(static_cast<std::size_t>(in.begins[rank]), static_cast<std::size_t>(in.lengths[rank]));
    std::vector<int> out(ends.size(), std::exchange(in.lengths[rank], 0)), none(ends.size());
    out[rank] = 0;
    return pulse_->begin("World::share_parts", [all, in = std::move(in), out = std::move(out), none = std::move(none),
                                                copy = std::vector(own.begin(), own.end())](MPI_Request* request) {
        return MPI_Ialltoallv(copy.data(), out.data(), none.data(), MPI_BYTE, all.data(), in.lengths.data(),
                              in.begins.data(), MPI_BYTE, MPI_COMM_WORLD, request);
    });
}
#else
class Pulse {};  // there is none

World::World(int&, char**&) : unwinding_(std::uncaught_exceptions()) {
    const char* const size = std::getenv("OMPI_COMM_WORLD_SIZE");
    if (!is_one_of_several() || (size && std::atoi(size) == 1)) return;
    throw Error(
        "World: mpirun started this program, and heed was built without MPI; install OpenMPI (Debian: "
        "libopenmpi-dev, openmpi-bin) and build again");
}

World::~World() = default;
void World::end(bool) {}
void World::be_patient(double) {}

std::unique_ptr<training::Group::Transfer> World::begin_all_to_all(std::span<const std::byte> send,
                                                                   std::span<const std::size_t> ends,
                                                                   std::span<std::byte> receive) {
    return Group::begin_all_to_all(send, ends, receive);
}
void World::exchange(int, std::span<const std::byte>, std::span<std::byte>) {}
void World::stop_exchanges() {}
std::unique_ptr<training::Group::Transfer> World::begin_share_parts(std::span<std::byte> all,
                                                                    std::span<const std::size_t> ends) {
    return Group::begin_share_parts(all, ends);
}
#endif

void World::set_patience(double seconds) {
    require(
        seconds >= 1 && seconds <= 1e9, "World",
        [&] { return fmt::format("a patience of {} seconds; expected 1 to 1e9", seconds); }, Site::current());
    be_patient(seconds);
}

void World::finish() { end(false); }

}  // namespace heed::distributed
