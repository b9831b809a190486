#include <cmath>
#include <map>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/examples/frames/strings.hpp>

namespace heed::frames {

Strings::Strings(std::vector<Utterance> recordings, const StringOptions& options) : options_(options) {
    const Site at = Site::current();
    require(!recordings.empty(), "Strings", "no recordings; expected at least one", at);
    require(1 <= options.least && options.least <= options.most, "Strings",
            [&] { return fmt::format("strings of {} to {} digits; expected 1 <= least <= most", options.least, options.most); }, at);
    require(options.silence >= 0 && options.silence <= 60, "Strings",
            [&] { return fmt::format("silences of up to {} seconds; expected 0 to 60", options.silence); }, at);
    std::map<std::string, std::vector<Utterance>> by_name;
    for (Utterance& one : recordings) by_name[one.speaker].push_back(std::move(one));
    for (auto& [name, voice] : by_name) voices_.push_back(std::move(voice));
}

Dim Strings::length(const RandomStream& random) const {
    return options_.least + static_cast<Dim>(random.uniform(0) * static_cast<double>(options_.most - options_.least + 1));
}

Utterance Strings::draw(const RandomStream& random) const { return draw(random, length(random)); }

Utterance Strings::draw(const RandomStream& random, Dim digits) const {
    std::uint64_t drawn = 1;  // the first number is that of length()
    const auto one_of = [&](const auto& list) -> const auto& {
        return list[static_cast<std::size_t>(random.uniform(drawn++) * static_cast<double>(list.size()))];
    };
    const auto be_silent = [&](std::vector<float>& samples) {
        samples.resize(samples.size() + static_cast<std::size_t>(std::lround(random.uniform(drawn++) * options_.silence * rate)));
    };
    const std::vector<Utterance>& voice = one_of(voices_);
    Utterance string{{}, {}, voice.front().speaker};
    be_silent(string.samples);
    for (Dim i = 0; i < digits; ++i) {
        const Utterance& digit = one_of(voice);
        string.samples.insert(string.samples.end(), digit.samples.begin(), digit.samples.end());
        string.labels.insert(string.labels.end(), digit.labels.begin(), digit.labels.end());
        be_silent(string.samples);
    }
    return string;
}

}  // namespace heed::frames
