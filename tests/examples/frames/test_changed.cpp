// examples/frames: a run that continues after its recordings changed.
#include <fmt/format.h>
#include <heed/examples/frames/data.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/tests/changed_data.hpp>
#include <heed/tests/examples/frames/tones.hpp>

using namespace heed;
using namespace heed::frames;
using namespace heed::test;

TEST_CASE("frames: a run whose recordings changed is refused, or continues with the split that it began with",
          "[frames]") {
    const TemporaryFolder folder;
    const std::filesystem::path recordings = folder / "data/recordings";
    put_tones(folder / "data", 5);
    const auto copy = [&](const char* from, const char* to) {
        std::filesystem::copy_file(recordings / from, recordings / to,
                                   std::filesystem::copy_options::overwrite_existing);
    };
    CHECK(resume_with_changed_data(
              tones(folder / "data", 2), folder / "run", [&] { copy("3_low_0.wav", "3_low_9.wav"); },
              "since the run began: 21 recordings held out, 20 before.") == "");
    CHECK(resume_with_changed_data(
              strings(folder / "data", "ctc", 2), folder / "strings", [&] { copy("3_low_0.wav", "3_low_1.wav"); },
              "since the run began: 80 recordings to train on, as many as before, but others or in another order.") ==
          "");

    std::string transcript;
    for (int digit = 0; digit < 10; ++digit)
        transcript += fmt::format("recordings/{}_high_0: Tone {}.\n", digit, digit);
    put(folder / "prompts.txt", transcript);
    Options config = tones(folder / "data", 2);
    config.model.task = "prompts", config.model.decoder = "ctc", config.transcript = folder / "prompts.txt";
    config.augment.masks.bands = config.augment.masks.frames = 0;
    const auto change = [&] { put(folder / "prompts.txt", "recordings/3_low_0: A tone.\n" + transcript); };
    CHECK(resume_with_changed_data(config, folder / "prompts", change,
                                   "since the run began: 10 recordings to train on, 9 before.") == "");
    CHECK(task_of("prompts").text(read_data(config, {}, program::RunData::of(folder / "prompts")).dev[0].labels) ==
          "tone nine");  // as it was
    CHECK(task_of("prompts").text(read_data(config, {}).dev[0].labels) == "tone eight");
}
