#pragma once
// A trainer's run that a signal stops, and that is resumed.
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>
#include <unistd.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/program/run.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

namespace heed::test {

// The best weights of a run in `folder` that SIGTERM stops as soon as it has a checkpoint, and that continues on two
// threads.
template <class Options>
std::string best_of_stopped_run(const Options& config, const std::filesystem::path& folder) {
    std::thread stopper([&] {
        while (!std::filesystem::exists(folder / "checkpoint.safetensors"))
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ::kill(::getpid(), SIGTERM);
    });
    const int code = train(config, {.folder = folder, .save_seconds = 1e-9});
    stopper.join();
    REQUIRE(code == 143);
    set_threads(2);
    REQUIRE(train(program::read_options<Options>(folder), {.folder = folder, .resume = true}) == 0);
    set_threads(1);
    return content_of(folder / "best.safetensors");
}

// A run in folder/whole learns: what it measures is above `least`. One in folder/stopped, which is stopped and resumed,
// ends with the same bits.
template <class Options>
void check_run(const Options& config, const std::filesystem::path& folder, double least) {
    REQUIRE(train(config, {.folder = folder / "whole"}) == 0);
    CHECK(nlohmann::json::parse(content_of(folder / "whole/result.json")).at("value").get<double>() > least);
    CHECK(best_of_stopped_run(config, folder / "stopped") == content_of(folder / "whole/best.safetensors"));
}

// The last checkpoint of a run without its header, which holds times: all weights, their averages and the optimiser's
// state.
inline std::string last_numbers(const std::string& folder) {
    const std::string file = content_of(folder + "/checkpoint.safetensors");
    std::uint64_t header = 0;
    std::memcpy(&header, file.data(), sizeof header);
    return file.substr(sizeof header + header);
}

}  // namespace heed::test
