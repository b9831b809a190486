// Drawing strings of recordings.
#include <cmath>
#include <map>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/audio/speech/strings.hpp>

namespace heed::audio {

Strings::Strings(PreparedUtterances recordings, const StringOptions& options)
    : recordings_(std::move(recordings)), options_(options) {
    const Site at = Site::current();
    require(recordings_.size() > 0, "Strings", "no recordings; expected at least one", at);
    require(
        1 <= options.least && options.least <= options.most, "Strings",
        [&] {
            return fmt::format("strings of {} to {} recordings; expected 1 <= least <= most", options.least,
                               options.most);
        },
        at);
    require(
        options.silence >= 0 && options.silence <= 60, "Strings",
        [&] { return fmt::format("silences of up to {} seconds; expected 0 to 60", options.silence); }, at);
    std::map<std::string, std::vector<std::uint32_t>> by_name;
    for (std::uint32_t n = 0; n < recordings_.size(); ++n) by_name[recordings_.speaker_of(n)].push_back(n);
    for (auto& [name, voice] : by_name) voices_.push_back(std::move(voice));
}

Dim Strings::length(const RandomStream& random) const {
    return options_.least +
           static_cast<Dim>(random.uniform(0) * static_cast<double>(options_.most - options_.least + 1));
}

Utterance Strings::draw(const RandomStream& random) const { return draw(random, length(random)); }

Utterance Strings::draw(const RandomStream& random, Dim recordings) const {
    std::uint64_t drawn = 1;  // draw 0 is that of length()
    const auto one_of = [&](const auto& list) -> const auto& {
        return list[static_cast<std::size_t>(random.uniform(drawn++) * static_cast<double>(list.size()))];
    };
    const auto be_silent = [&](std::vector<float>& samples) {
        samples.resize(samples.size() + static_cast<std::size_t>(
                                            std::lround(random.uniform(drawn++) * options_.silence * options_.rate)));
    };
    const std::vector<std::uint32_t>& voice = one_of(voices_);
    Utterance string{{}, {}, recordings_.speaker_of(voice.front())};
    be_silent(string.samples);
    for (Dim i = 0; i < recordings; ++i) {
        const Utterance next = recordings_[one_of(voice)];
        string.samples.insert(string.samples.end(), next.samples.begin(), next.samples.end());
        string.labels.insert(string.labels.end(), next.labels.begin(), next.labels.end());
        be_silent(string.samples);
    }
    return string;
}

}  // namespace heed::audio
