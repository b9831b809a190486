#pragma once
// A trainer's run whose data change after it has ended.
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <heed/nn/program/run.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

namespace heed::test {

// Trains by `config`. Resumed, the run has nothing to do and writes nothing. `change` changes the data: the run is then
// refused with a text that holds `refusal`, and nothing is written. With the flag for changed data it continues for two
// more steps, and what was made of the data when it began stays as it was. If train() throws then, returns its text;
// the folder is unchanged.
template <class Options>
std::string resume_with_changed_data(const Options& config, const std::string& folder,
                                     const std::function<void()>& change, const std::string& refusal) {
    REQUIRE(train(config, {.folder = folder}) == 0);
    const auto written = [&] {
        std::vector<std::pair<std::string, std::filesystem::file_time_type>> files;
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            files.emplace_back(entry.path(), entry.last_write_time());
        std::sort(files.begin(), files.end());
        return files;
    };
    const auto made = [&] {  // of the data
        nlohmann::json json = nlohmann::json::parse(content_of(folder + "/data.json"));
        json.erase("train"), json.erase("held_out");
        return json;
    };
    const auto before = written();
    const nlohmann::json made_before = made();
    Options resumed = program::read_options<Options>(folder);
    REQUIRE(train(resumed, {.folder = folder, .resume = true}) == 0);
    CHECK((written() == before));
    change();
    CHECK_THAT(error_of<FileError>([&] { train(resumed, {.folder = folder, .resume = true}); }), Containing(refusal));
    CHECK((written() == before));
    resumed.steps += 2;
    try {
        const int code = train(resumed, {.folder = folder, .resume = true, .changed_data = true});
        REQUIRE(code == 0);
    } catch (const Error& e) {
        CHECK((written() == before));
        return e.what();
    }
    CHECK((made() == made_before));
    CHECK(program::read_options<Options>(folder).steps == resumed.steps);
    CHECK(nlohmann::json::parse(content_of(folder + "/result.json")).at("steps") == resumed.steps);
    REQUIRE(train(program::read_options<Options>(folder), {.folder = folder, .resume = true}) ==
            0);  // they are its data now
    return "";
}

}  // namespace heed::test
