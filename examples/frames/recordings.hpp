#pragma once
// Recordings: those of the free spoken digit dataset (https://github.com/Jakobovski/free-spoken-digit-dataset),
// DIGIT_SPEAKER_INDEX.wav; any audio file; recordings that are prepared, and mapped where they are many; and strings of
// digits concatenated from recordings.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include <heed/core/base/random.hpp>
#include <heed/core/real.hpp>
#include <heed/nn/data/prepared.hpp>
#include <heed/nn/data/warnings.hpp>

namespace heed::frames {

struct Recording {
    std::string path;
    std::int64_t digit = 0;  // 0 to 9
    std::string speaker;
    std::int64_t index = 0;  // of this digit by this speaker
};

// The recordings below FOLDER/recordings, by their names. Throws FileError, naming the file, for another name; and
// where there are none.
std::vector<Recording> read_fsdd(const std::string& folder);

inline constexpr int rate = 8000;  // samples a second of all data; other recordings are resampled

using Labels = std::vector<std::int64_t>;

struct Utterance {
    std::vector<float> samples;  // at `rate`; the loudest is 1
    Labels labels;
    std::string speaker;
};

struct LoadOptions {
    double longest = 60;                 // seconds
    bool strict = false;                 // refuse a file that was cut short
    data::Warnings* warnings = nullptr;  // collects those of many files; none: they are printed at once
    std::string* cut_short = nullptr;    // gets the text for the first file that was cut short
};

// An audio file's samples, resampled; warnings of the reader go to `warnings`. Throws FileError, naming the file: as
// read_audio() does, also for a sample that is not finite.
std::vector<float> load_samples(const std::string& path, const LoadOptions& options = {});

// Some of the recordings of prepared data: rows of samples, whose ids are the labels.
class Clips {
public:
    // What a row's numbers are.
    enum Number : Dim { content, speaker, index };
    static void write(data::PreparedWriter& writer, const Utterance& one, std::initializer_list<std::uint64_t> numbers);

    Clips(data::Prepared rows, std::vector<std::string> speakers, std::vector<std::uint32_t> which);
    Clips(const std::vector<Utterance>& all);  // in memory

    std::size_t size() const { return which_.size(); }
    Utterance operator[](std::size_t n) const;
    Dim samples(std::size_t n) const { return rows_.value_count(which_[n]); }
    const std::string& speaker_of(std::size_t n) const { return speaker_of(rows_, speakers_, which_[n]); }
    // Of a row. Throws FileError where there is no such speaker.
    static const std::string& speaker_of(const data::Prepared& rows, const std::vector<std::string>& speakers, Dim row);

private:
    data::Prepared rows_;
    std::vector<std::string> speakers_;
    std::vector<std::uint32_t> which_;
};

// Utterances that are made one at a time.
class Utterances {
public:
    using At = std::function<Utterance(std::size_t)>;
    Utterances() = default;
    Utterances(std::size_t size, At at) : size_(size), at_(std::move(at)) {}
    Utterances(Clips clips)
        : size_(clips.size()), at_([clips = std::move(clips)](std::size_t n) { return clips[n]; }) {}
    Utterances(std::vector<Utterance> all)
        : size_(all.size()), at_([all = std::move(all)](std::size_t n) { return all[n]; }) {}

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    Utterance operator[](std::size_t n) const { return at_(n); }
    std::vector<Utterance> some(std::size_t from, std::size_t n) const;  // as many as there are
    Utterances spread(Dim most) const;                                   // at most so many, from all over them; 0: all

private:
    std::size_t size_ = 0;
    At at_;
};

struct StringOptions {
    Dim least = 3, most = 7;  // digits
    double silence = 0.3;     // seconds, at most
};

class Strings {
public:
    // Throws RangeError for no recordings, or for options without a meaning.
    Strings(Clips recordings, const StringOptions& options = {});

    // A string of `digits` digits, or of least .. most where that is not given: a function of the stream alone.
    Utterance draw(const RandomStream& random) const;
    Utterance draw(const RandomStream& random, Dim digits) const;
    Dim length(const RandomStream& random) const;  // least .. most

private:
    Clips recordings_;
    std::vector<std::vector<std::uint32_t>> voices_;  // by their names
    StringOptions options_;
};

}  // namespace heed::frames
