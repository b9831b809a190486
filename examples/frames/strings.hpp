#pragma once
// Strings of digits, put together of single ones: each is said by one voice, with short silences before, between and after the digits.
#include <heed/core/random.hpp>
#include <heed/core/real.hpp>
#include <heed/examples/frames/utterance.hpp>

namespace heed::frames {

struct StringOptions {
    Dim least = 3, most = 7;  // digits
    double silence = 0.3;     // seconds, at most
};

class Strings {
public:
    // Keeps the recordings, sorted by their voices. Throws RangeError for none, or for options without a meaning.
    Strings(std::vector<Utterance> recordings, const StringOptions& options = {});

    // A string of so many digits, of least .. most unless it is said how many: a function of the stream alone.
    Utterance draw(const RandomStream& random) const;
    Utterance draw(const RandomStream& random, Dim digits) const;
    Dim length(const RandomStream& random) const;  // least .. most

private:
    std::vector<std::vector<Utterance>> voices_;
    StringOptions options_;
};

}  // namespace heed::frames
