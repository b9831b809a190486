#pragma once
// Recordings with what is said in them: any audio file; recordings that are prepared, and mapped where they are many;
// and such as are made when they are asked for.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include <heed/core/real.hpp>
#include <heed/nn/data/prepared.hpp>
#include <heed/nn/data/warnings.hpp>

namespace heed::audio {

using Labels = std::vector<std::int64_t>;

struct Utterance {
    std::vector<float> samples;  // at the rate of the data; the loudest is 1
    Labels labels;               // ids of digits, letters, words
    std::string speaker;
};

struct LoadSamplesOptions {
    int rate = 8000;                     // samples a second of the result
    double longest = 60;                 // seconds
    bool strict = false;                 // refuse a file that was cut short
    data::Warnings* warnings = nullptr;  // collects those of many files; none: they are printed at once
    std::string* cut_short = nullptr;    // gets the text for the first file that was cut short
};

// An audio file's samples, resampled, the loudest 1; warnings of the reader go to `warnings`. Throws FileError, naming
// the file: as read_audio() does, also for a sample that is not finite.
std::vector<float> load_samples(const std::string& path, const LoadSamplesOptions& options = {});

// Some of the utterances of prepared data: rows of samples, whose ids are the labels.
class PreparedUtterances {
public:
    // What a row's numbers are: a hash of the file, which of the speakers, and the program's own.
    enum Number : Dim { content, speaker, index };
    static void write(data::PreparedWriter& writer, const Utterance& one, std::initializer_list<std::uint64_t> numbers);

    PreparedUtterances(data::Prepared rows, std::vector<std::string> speakers, std::vector<std::uint32_t> which);
    PreparedUtterances(const std::vector<Utterance>& all);  // in memory

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

// Utterances that are made one at a time, when they are asked for.
class Utterances {
public:
    using At = std::function<Utterance(std::size_t)>;
    Utterances() = default;
    Utterances(std::size_t size, At at) : size_(size), at_(std::move(at)) {}
    Utterances(PreparedUtterances clips)
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

}  // namespace heed::audio
