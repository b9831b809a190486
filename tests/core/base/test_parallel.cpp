// The promises of core/base/parallel.hpp: every chunk once, exceptions, nesting, several callers at once.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
#include <heed/core/base/error.hpp>
#include <heed/core/base/isa.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;

namespace {

struct Threads {  // restores the number of threads
    int before = threads();
    explicit Threads(int n) { set_threads(n); }
    ~Threads() { set_threads(before); }
};

}  // namespace

TEST_CASE("parallel: every chunk runs once", "[parallel]") {
    const Threads four(4);
    for (Dim chunks = 0; chunks < 70; ++chunks) {
        std::vector<int> runs(static_cast<std::size_t>(chunks), 0);
        parallel_for(chunks, [&](Dim i) { ++runs[static_cast<std::size_t>(i)]; });
        for (const int n : runs) REQUIRE(n == 1);
    }
}

TEST_CASE("parallel: many short jobs, with and without sleeping workers", "[parallel]") {
    const Threads three(3);
    std::vector<Dim> sums(8, 0);
    for (int job = 0; job < 3000; ++job) {
        if (job % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        parallel_for(8, [&](Dim i) { sums[static_cast<std::size_t>(i)] += i; });
    }
    for (Dim i = 0; i < 8; ++i) REQUIRE(sums[static_cast<std::size_t>(i)] == 3000 * i);
}

TEST_CASE("parallel: the pool really has other threads", "[parallel]") {
    const Threads two(2);
    std::atomic<int> met{0};
    // Each of two chunks waits for the other, so this ends only if they run at the same time.
    parallel_for(2, [&](Dim) {
        ++met;
        while (met.load() < 2) std::this_thread::yield();
    });
    REQUIRE(met == 2);
}

TEST_CASE("parallel: blocks cover a range", "[parallel]") {
    const Threads two(2);
    for (const Dim n : {0, 1, 9, 10, 11, 95}) {
        std::vector<int> seen(static_cast<std::size_t>(n), 0);
        std::atomic<Dim> longest{0};  // no assertions in chunks: Catch2 is for one thread
        parallel_blocks(n, 10, [&](Dim begin, Dim end) {
            if (end - begin > 10) longest = end - begin;
            for (Dim i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
        });
        REQUIRE(longest == 0);
        for (const int count : seen) REQUIRE(count == 1);
    }
}

TEST_CASE("parallel: the lowest chunk's exception reaches the caller", "[parallel]") {
    for (const int n : {1, 4}) {
        const Threads some(n);
        for (int again = 0; again < 50; ++again) {
            std::string text;
            try {
                parallel_for(20, [](Dim i) {
                    if (i >= 7) throw std::runtime_error(std::to_string(i));
                });
            } catch (const std::runtime_error& e) {
                text = e.what();
            }
            REQUIRE(text == "7");
        }
        std::atomic<int> after{0};
        parallel_for(5, [&](Dim) { ++after; });
        REQUIRE(after == 5);
    }
}

TEST_CASE("parallel: nested calls run on their chunk's thread", "[parallel]") {
    const Threads two(2);
    std::atomic<int> inner{0};
    std::atomic<bool> same{true};
    parallel_for(6, [&](Dim) {
        const auto id = std::this_thread::get_id();
        parallel_for(5, [&](Dim) {
            ++inner;
            if (std::this_thread::get_id() != id) same = false;
        });
    });
    REQUIRE(inner == 30);
    REQUIRE(same);
    REQUIRE_THROWS_AS(parallel_for(2, [](Dim) { set_threads(3); }), RangeError);
}

TEST_CASE("parallel: several threads may call at once", "[parallel]") {
    const Threads two(2);
    constexpr int callers = 4;
    std::vector<Dim> totals(callers, 0);
    std::vector<std::thread> running;
    for (std::size_t c = 0; c < callers; ++c) {
        running.emplace_back([&, c] {
            for (int job = 0; job < 200; ++job) {
                Dim part[9] = {};
                parallel_for(9, [&](Dim i) { part[i] = i + 1; });
                for (const Dim p : part) totals[c] += p;
            }
        });
    }
    for (int n = 1; n < 4; ++n) set_threads(n);
    for (std::thread& t : running) t.join();
    for (const Dim total : totals) REQUIRE(total == 200 * 45);
}

TEST_CASE("parallel: numbers of threads that make no sense", "[parallel]") {
    REQUIRE_THROWS_WITH(set_threads(0), StartsWith("set_threads: n is 0"));
    REQUIRE_THROWS_AS(set_threads(-3), RangeError);
    REQUIRE_THROWS_AS(set_threads(100000), RangeError);
}

// Run by the next test, in a process of its own.
TEST_CASE("parallel: with settings that are empty", "[.][child]") {
    REQUIRE(threads() == available_cores());
    REQUIRE(kernel::supported(kernel::isa()));
}

// Run by the next test, in a process of its own.
TEST_CASE("parallel: one core is there", "[.][child]") { REQUIRE(threads() == 1); }

TEST_CASE("parallel: a process gets the cores of its affinity, and its share of those of a host", "[parallel]") {
    REQUIRE(available_cores() >= 1);
    REQUIRE(available_cores() <= static_cast<int>(std::thread::hardware_concurrency()));
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    for (const char* start : {"taskset -c 0", "env OMPI_COMM_WORLD_LOCAL_SIZE=1000", "env MPI_LOCALNRANKS=1000",
                              "env SLURM_NTASKS_PER_NODE=1000"})
        REQUIRE(std::system(("HEED_THREADS= " + std::string(start) + " '" + self +
                             "' 'parallel: one core is there' > /dev/null")
                                .c_str()) == 0);
}

TEST_CASE("parallel: settings of the environment that are empty count as unset", "[parallel]") {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    REQUIRE(std::system(("HEED_ISA= HEED_THREADS= '" + self + "' 'parallel: with settings that are empty' > /dev/null")
                            .c_str()) == 0);
}
