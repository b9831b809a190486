// The processes that mpirun started.
#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <exception>
#include <limits>
#include <thread>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/distributed/world.hpp>
#if HEED_MPI
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace heed::distributed {
namespace {

// Set in what mpirun and srun start: by OpenMPI, by MPICH's hydra, by PMIx.
bool is_one_of_several() {
    constexpr std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
    return std::ranges::any_of(names, [](const char* name) { return std::getenv(name) != nullptr; });
}

#if HEED_MPI
MPI_Comm at_end = MPI_COMM_NULL;  // for the end alone: the others may be in the middle of something

int as_count(std::size_t bytes) {
    if (bytes > INT_MAX) throw Error(fmt::format("World: {} bytes at once; expected at most {}", bytes, INT_MAX));
    return static_cast<int>(bytes);
}

// Waits for the others without keeping a core busy, for so long; whether all came.
bool all_end(double seconds) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibarrier(at_end, &request);
    int done = 0;
    for (double waited = 0; waited < seconds && done == 0; waited += 0.01) {
        MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        if (done == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return done != 0;
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

World::World([[maybe_unused]] int& argc, [[maybe_unused]] char**& argv) : unwinding_(std::uncaught_exceptions()) {
    if (!is_one_of_several()) return;
#if HEED_MPI
    int given = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &given);
    started_ = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm_dup(MPI_COMM_WORLD, &at_end);
#else
    const char* const size = std::getenv("OMPI_COMM_WORLD_SIZE");
    if (size && std::atoi(size) == 1) return;
    throw Error(
        "World: mpirun started this program, and heed was built without MPI; install OpenMPI (Debian: "
        "libopenmpi-dev, openmpi-bin) and build again");
#endif
}

World::~World() {
#if HEED_MPI
    if (!started_) return;
    const bool fails = failed_ || std::uncaught_exceptions() > unwinding_;
    if (all_end(fails ? 2 : std::numeric_limits<double>::infinity())) MPI_Finalize();
#endif
}

#if HEED_MPI
void World::all_to_all(std::span<const std::byte> send, std::span<const std::size_t> ends,
                       std::span<std::byte> receive) {
    if (!started_) return Group::all_to_all(send, ends, receive);
    const Parts out(ends);
    std::vector<std::size_t> received;
    const auto mine = static_cast<std::size_t>(out.lengths[static_cast<std::size_t>(rank_)]);
    for (int p = 1; p <= size_; ++p) received.push_back(mine * static_cast<std::size_t>(p));
    const Parts in(received);
    MPI_Alltoallv(send.data(), out.lengths.data(), out.begins.data(), MPI_BYTE, receive.data(), in.lengths.data(),
                  in.begins.data(), MPI_BYTE, MPI_COMM_WORLD);
}

void World::share_parts(std::span<std::byte> all, std::span<const std::size_t> ends) {
    if (!started_) return;
    const Parts parts(ends);
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all.data(), parts.lengths.data(), parts.begins.data(), MPI_BYTE,
                   MPI_COMM_WORLD);
}
#else
void World::all_to_all(std::span<const std::byte> send, std::span<const std::size_t> ends,
                       std::span<std::byte> receive) {
    Group::all_to_all(send, ends, receive);
}
void World::share_parts(std::span<std::byte> all, std::span<const std::size_t> ends) { Group::share_parts(all, ends); }
#endif

}  // namespace heed::distributed
