// The recordings of the free spoken digit dataset, by their names.
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/audio/speech/fsdd.hpp>
#include <heed/nn/data/entries.hpp>

namespace heed::audio {
namespace {

std::int64_t number_in(std::string_view text) {
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

DigitRecording named(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    const std::size_t first = name.find('_'), second = name.rfind('_'), dot = name.rfind(".wav");
    DigitRecording r;
    r.path = path.string();
    if (first < second && second != std::string::npos && dot != std::string::npos && dot + 4 == name.size() &&
        second < dot) {
        r.digit = number_in(std::string_view(name).substr(0, first));
        r.speaker = name.substr(first + 1, second - first - 1);
        r.index = number_in(std::string_view(name).substr(second + 1, dot - second - 1));
    }
    if (r.speaker.empty() || r.digit < 0 || r.digit > 9 || r.index < 0)
        throw FileError(fmt::format("{}: the name {} is not of the form DIGIT_SPEAKER_INDEX.wav with a digit 0 to 9",
                                    path.parent_path().string(), io::in_quotes(name)));
    return r;
}

}  // namespace

std::vector<DigitRecording> read_fsdd(const std::string& folder) {
    const std::filesystem::path recordings = std::filesystem::path(folder) / "recordings";
    std::vector<DigitRecording> all;
    for (const auto& path : data::visible_entries(recordings, "the folder of the free spoken digit dataset"))
        all.push_back(named(path));
    if (all.empty()) throw FileError(fmt::format("{}: holds no recordings", recordings.string()));
    return all;
}

}  // namespace heed::audio
