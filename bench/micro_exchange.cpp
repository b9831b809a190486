// How fast the processes of mpirun send what a step sends: one line for each kind of transfer, as the leading one sees
// it. Usage: mpirun -n P micro_exchange [MiB [times]]      all that a process has to send, in packets of 4 MiB
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <heed/nn/distributed/world.hpp>

using namespace heed;

namespace {

constexpr std::size_t packet = std::size_t{4} << 20;

template <class Call>
double seconds_of(training::Group& group, int times, Call&& call) {
    call();
    group.of_leader(0);  // all of them are here
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) call();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / times;
}

}  // namespace

int main(int argc, char** argv) {
    distributed::World world(argc, argv);
    const auto packets = static_cast<std::size_t>(argc > 1 ? std::atol(argv[1]) : 64) * (std::size_t{1} << 20) / packet;
    const int times = argc > 2 ? std::atoi(argv[2]) : 5;
    const auto processes = static_cast<std::size_t>(world.size());
    std::vector<std::byte> all(packet), received(packet);
    std::vector<std::size_t> ends;
    for (std::size_t p = 1; p <= processes; ++p) ends.push_back(packet / processes * p);
    received.resize(ends.front() * processes);

    const double latency = seconds_of(world, 200, [&] { world.of_leader(1); });
    const double sums = seconds_of(world, times, [&] {
        for (std::size_t i = 0; i < packets; ++i) world.all_to_all(std::span(all).first(ends.back()), ends, received);
    });
    const double parameters = seconds_of(world, times, [&] {
        for (std::size_t i = 0; i < packets; ++i) world.share_parts(std::span(all).first(ends.back()), ends);
    });
    const double others = static_cast<double>(processes - 1) / static_cast<double>(processes);  // of a packet
    const double mebibytes = static_cast<double>(packets * packet) / (1 << 20) * others;
    if (world.leads()) {
        fmt::print("{} processes\n", processes);
        fmt::print("a number of each to all      {:9.1f} us\n", latency * 1e6);
        fmt::print("gradients to their owners    {:9.1f} MiB/s out of each, and in\n", mebibytes / sums);
        fmt::print("parameters to all            {:9.1f} MiB/s out of each, and in\n", mebibytes / parameters);
    }
    world.finish();
    return 0;
}
