// Reading recordings, and those that are prepared.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/audio/log_mel.hpp>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/resample.hpp>
#include <heed/nn/data/audio/speech/utterances.hpp>

namespace heed::audio {

std::vector<float> load_samples(const std::string& path, const LoadSamplesOptions& options) {
    const Clip clip = read_audio(path, options.longest);
    const std::string cut_short = clip.complete ? "" : fmt::format("{}: {}", path, clip.warnings.front());
    if (options.strict && !clip.complete) throw FileError(cut_short);
    if (options.cut_short && options.cut_short->empty()) *options.cut_short = cut_short;
    data::Warnings own, &warnings = options.warnings ? *options.warnings : own;
    for (const std::string& warning : clip.warnings) {
        std::string kind;  // the warning without its digits
        std::ranges::copy_if(warning, std::back_inserter(kind), [](char c) { return c < '0' || c > '9'; });
        warnings.add(kind, fmt::format("{}: {}", path, warning));
    }
    require_finite(clip.samples, path);
    std::vector<float> samples = resample(clip.samples, clip.rate, options.rate);
    float loudest = 1e-4f;
    for (const float x : samples) loudest = std::max(loudest, std::abs(x));
    for (float& x : samples) x /= loudest;
    return samples;
}

void PreparedUtterances::write(data::PreparedWriter& writer, const Utterance& one,
                               std::initializer_list<std::uint64_t> numbers) {
    writer.add_values(one.samples);
    writer.add(one.labels);
    writer.end_row(std::vector(numbers));
}

PreparedUtterances::PreparedUtterances(data::Prepared rows, std::vector<std::string> speakers,
                                       std::vector<std::uint32_t> which)
    : rows_(std::move(rows)), speakers_(std::move(speakers)), which_(std::move(which)) {}

PreparedUtterances::PreparedUtterances(const std::vector<Utterance>& all)
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

Utterance PreparedUtterances::operator[](std::size_t n) const {
    return {rows_.floats(which_[n]), rows_.row(which_[n]).vector(), speaker_of(n)};
}

const std::string& PreparedUtterances::speaker_of(const data::Prepared& rows, const std::vector<std::string>& speakers,
                                                  Dim row) {
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

}  // namespace heed::audio
