#pragma once
// How well predicted pronunciations agree with a dictionary.
#include <heed/core/real.hpp>
#include <heed/examples/pronounce/dictionary.hpp>

namespace heed::pronounce {

struct Score {
    Dim words = 0;
    Dim wrong_words = 0;   // words whose prediction is none of the listed pronunciations
    Dim phones = 0;        // lengths of the nearest listed pronunciations, summed
    Dim wrong_phones = 0;  // edit distances to them, summed

    double word_error_rate() const;   // 0 to 1
    double phone_error_rate() const;  // 0 upwards: insertions can exceed the length
    // An empty prediction, of a word that could not be read, is a wrong word with all its phones missing. The nearest
    // pronunciation is the one with the smallest edit distance, among equals the shortest.
    void add(const Entry& entry, const Phones& predicted);
};

}  // namespace heed::pronounce
