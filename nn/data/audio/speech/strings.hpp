#pragma once
// Strings of utterances, such as of digits: recordings of one speaker, one behind the other with silences between.
#include <heed/core/base/random.hpp>
#include <heed/nn/data/audio/speech/utterances.hpp>

namespace heed::audio {

struct StringOptions {
    Dim least = 3, most = 7;  // recordings
    double silence = 0.3;     // before, between and after them: seconds, at most
    double rate = 8000;       // samples a second
};

class Strings {
public:
    // Throws RangeError for no recordings, or for options without a meaning.
    Strings(PreparedUtterances recordings, const StringOptions& options = {});

    // A string of so many recordings, or of least .. most where that is not given: a function of the stream alone.
    Utterance draw(const RandomStream& random) const;
    Utterance draw(const RandomStream& random, Dim recordings) const;
    Dim length(const RandomStream& random) const;  // least .. most

private:
    PreparedUtterances recordings_;
    std::vector<std::vector<std::uint32_t>> voices_;  // by their names
    StringOptions options_;
};

}  // namespace heed::audio
