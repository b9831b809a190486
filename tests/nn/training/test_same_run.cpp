// Processes that are not about to make the same run, played by threads.
#include <fmt/format.h>
#include <heed/core/base/isa.hpp>
#include <heed/core/version.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/training/same_run.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/thread_group.hpp>

using namespace heed;
using namespace heed::training;

namespace {

// A process of another build: where it sends `mine`, it sends `other`, which is as long.
class OtherBuild : public test::ThreadGroup {
public:
    OtherBuild(test::Meeting& meeting, int rank, std::string mine, std::string other)
        : ThreadGroup(meeting, rank), mine_(std::move(mine)), other_(std::move(other)) {}
    std::unique_ptr<Transfer> begin_share_parts(std::span<std::byte> all, std::span<const std::size_t> ends) override {
        const auto r = static_cast<std::size_t>(rank());
        const std::size_t begin = r == 0 ? 0 : ends[r - 1];
        const std::span<std::byte> part = all.subspan(begin, ends[r] - begin);
        if (std::ranges::equal(part, std::as_bytes(std::span(mine_))))
            std::ranges::copy(std::as_bytes(std::span(other_)), part.begin());
        return ThreadGroup::begin_share_parts(all, ends);
    }

private:
    std::string mine_, other_;
};

struct Process {
    FitOptions options = {.config = R"({"lr": 0.5, "name": "a"})", .steps = 10, .shards = 4};
    RunState state = {};
    std::vector<double> weights = {1, 2};
    std::string mine = "-", other = "-";  // of OtherBuild
};

// What each of three processes throws, of which the last one is this.
std::vector<std::string> refusals(const Process& last) {
    test::Meeting meeting(3);
    std::vector<std::string> texts(3);
    std::vector<std::thread> threads;
    for (int rank = 0; rank < 3; ++rank)
        threads.emplace_back([&, rank] {
            const Process usual, &process = rank == 2 ? last : usual;
            OtherBuild group(meeting, rank, process.mine, process.other);
            const nn::Params params(1);
            const Var w = params.make("w", {2}, nn::init::constant(0));
            std::ranges::copy(process.weights, w.mutable_value().data());
            texts[static_cast<std::size_t>(rank)] =
                error_of<Error>([&] { require_same_run(group, process.options, params, process.state); });
        });
    for (std::thread& thread : threads) thread.join();
    return texts;
}

void check_refused(const Process& last, const std::string& why) {
    for (const std::string& text : refusals(last)) CHECK_THAT(text, StartsWith(why));
}

}  // namespace

TEST_CASE("same run: processes that agree go on", "[training]") {
    CHECK(refusals({}) == std::vector<std::string>(3, "no error"));
}

TEST_CASE("same run: another version of heed, or instruction set, is refused in all processes", "[training]") {
    std::string version = HEED_VERSION;
    version.back() = version.back() == '9' ? '8' : '9';
    check_refused({.mine = HEED_VERSION, .other = version},
                  fmt::format("the version of heed of rank 2 is {}, of rank 0 {}; expected the same in all 3 processes",
                              version, HEED_VERSION));
    const std::string isa = kernel::name(kernel::isa()), other(isa.size(), 'x');
    check_refused({.mine = isa, .other = other},
                  fmt::format("the instruction set of rank 2 is {}, of rank 0 {}; expected", other, isa));
}

TEST_CASE("same run: what the run is given is refused where it differs", "[training]") {
    const auto with = [](auto change) {
        Process process;
        change(process);
        return process;
    };
    check_refused(with([](Process& p) { p.options.config = R"({"lr": 0.25, "name": "a"})"; }),
                  "the setting 'lr' of rank 2 is 0.25, of rank 0 0.5; expected");
    check_refused(with([](Process& p) { p.options.config = R"({"lr": 0.5, "title": "a"})"; }),
                  "the list of settings of rank 2 is lr, title, of rank 0 lr, name; expected");
    check_refused(with([](Process& p) { p.options.shards = 8; }), "the number of shards of rank 2 is 8, of rank 0 4");
    check_refused(with([](Process& p) { p.options.step.clip = 0.5; }),
                  "what a step does of rank 2 is seed 0, accumulate 1, clip 0.5,");
    check_refused(with([](Process& p) { p.options.steps = 11; }),
                  "the length of the run of rank 2 is 11 steps, 0 minutes, of rank 0 10 steps, 0 minutes");
    check_refused(with([](Process& p) { p.state.step = 3; }), "the last step of rank 2 is 3, of rank 0 0");
    check_refused(with([](Process& p) { p.weights = {2, 1}; }), "the model of rank 2 is 2 elements with the hash ");
}
