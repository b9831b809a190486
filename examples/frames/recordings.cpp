// Recordings by their file names, their samples, and strings of digits.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <map>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/frames/recordings.hpp>
#include <heed/nn/data/audio/log_mel.hpp>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/resample.hpp>
#include <heed/nn/data/entries.hpp>

namespace heed::frames {
namespace {

std::int64_t number_in(std::string_view text) {
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

Recording named(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    const std::size_t first = name.find('_'), second = name.rfind('_'), dot = name.rfind(".wav");
    Recording r;
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

std::vector<Recording> read_fsdd(const std::string& folder) {
    const std::filesystem::path recordings = std::filesystem::path(folder) / "recordings";
    std::vector<Recording> all;
    for (const auto& path : data::visible_entries(recordings, "the folder of the free spoken digit dataset"))
        all.push_back(named(path));
    if (all.empty()) throw FileError(fmt::format("{}: holds no recordings", recordings.string()));
    return all;
}

std::vector<float> load_samples(const std::string& path, const LoadOptions& options) {
    const audio::Clip clip = audio::read_audio(path, options.longest);
    const std::string cut_short = clip.complete ? "" : fmt::format("{}: {}", path, clip.warnings.front());
    if (options.strict && !clip.complete) throw FileError(cut_short);
    if (options.cut_short && options.cut_short->empty()) *options.cut_short = cut_short;
    data::Warnings own, &warnings = options.warnings ? *options.warnings : own;
    for (const std::string& warning : clip.warnings) {
        std::string kind;  // the warning without its digits
        std::ranges::copy_if(warning, std::back_inserter(kind), [](char c) { return c < '0' || c > '9'; });
        warnings.add(kind, fmt::format("{}: {}", path, warning));
    }
    audio::require_finite(clip.samples, path);
    std::vector<float> samples = audio::resample(clip.samples, clip.rate, rate);
    float loudest = 1e-4f;
    for (const float x : samples) loudest = std::max(loudest, std::abs(x));
    for (float& x : samples) x /= loudest;
    return samples;
}

void Clips::write(data::PreparedWriter& writer, const Utterance& one, std::initializer_list<std::uint64_t> numbers) {
    writer.add_values(one.samples);
    writer.add(one.labels);
    writer.end_row(std::vector(numbers));
}

Clips::Clips(data::Prepared rows, std::vector<std::string> speakers, std::vector<std::uint32_t> which)
    : rows_(std::move(rows)), speakers_(std::move(speakers)), which_(std::move(which)) {}

Clips::Clips(const std::vector<Utterance>& all)
    : rows_([&] {
          data::PreparedWriter writer("", std::int64_t{1} << 32, io::Dtype::F32);
          for (std::size_t i = 0; i < all.size(); ++i) write(writer, all[i], {0, i, 0});
          return writer.finish("");
      }()) {
    for (const Utterance& one : all) {
        which_.push_back(static_cast<std::uint32_t>(which_.size()));
        speakers_.push_back(one.speaker);
    }
}

Utterance Clips::operator[](std::size_t n) const {
    return {rows_.floats(which_[n]), rows_.row(which_[n]).vector(), speaker_of(n)};
}

const std::string& Clips::speaker_of(const data::Prepared& rows, const std::vector<std::string>& speakers, Dim row) {
    const std::uint64_t of_row = rows.number(row, speaker);
    if (of_row >= speakers.size())
        throw FileError(fmt::format("{}: speaker {} of {}; the file is damaged: remove it, and it is made again",
                                    rows.path(), of_row, speakers.size()));
    return speakers[of_row];
}

std::vector<Utterance> Utterances::some(std::size_t from, std::size_t n) const {
    std::vector<Utterance> some;
    for (std::size_t i = from; i < std::min(size_, from + n); ++i) some.push_back(at_(i));
    return some;
}

Utterances Utterances::spread(Dim most) const {
    const std::size_t n = most > 0 ? std::min(size_, static_cast<std::size_t>(most)) : size_;
    return {n, [at = at_, all = size_, n](std::size_t i) { return at(i * all / n); }};
}

Strings::Strings(Clips recordings, const StringOptions& options)
    : recordings_(std::move(recordings)), options_(options) {
    const Site at = Site::current();
    require(recordings_.size() > 0, "Strings", "no recordings; expected at least one", at);
    require(
        1 <= options.least && options.least <= options.most, "Strings",
        [&] {
            return fmt::format("strings of {} to {} digits; expected 1 <= least <= most", options.least, options.most);
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

Utterance Strings::draw(const RandomStream& random, Dim digits) const {
    std::uint64_t drawn = 1;  // draw 0 is that of length()
    const auto one_of = [&](const auto& list) -> const auto& {
        return list[static_cast<std::size_t>(random.uniform(drawn++) * static_cast<double>(list.size()))];
    };
    const auto be_silent = [&](std::vector<float>& samples) {
        samples.resize(samples.size() +
                       static_cast<std::size_t>(std::lround(random.uniform(drawn++) * options_.silence * rate)));
    };
    const std::vector<std::uint32_t>& voice = one_of(voices_);
    Utterance string{{}, {}, recordings_.speaker_of(voice.front())};
    be_silent(string.samples);
    for (Dim i = 0; i < digits; ++i) {
        const Utterance digit = recordings_[one_of(voice)];
        string.samples.insert(string.samples.end(), digit.samples.begin(), digit.samples.end());
        string.labels.insert(string.labels.end(), digit.labels.begin(), digit.labels.end());
        be_silent(string.samples);
    }
    return string;
}

}  // namespace heed::frames
