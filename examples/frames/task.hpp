#pragma once
// What is predicted: one digit a clip, strings of digits, or the letters of prompts.
#include <string>
#include <string_view>
#include <heed/nn/data/audio/speech/utterances.hpp>

namespace heed::frames {

using audio::Labels, audio::PreparedUtterances, audio::Utterance, audio::Utterances;

inline constexpr int rate = 8000;  // samples a second of all data; other recordings are resampled

struct Task {
    std::string name;
    std::string symbols;    // of the labels 0, 1, ...
    std::string separator;  // between them in a text
    bool whole;             // one label a clip
    std::string metric;     // accuracy, or the rate of errors in digits (der) or characters (cer)
    std::string unit;       // what is counted as wrong

    std::string text(const Labels& labels) const;
    Labels labels(const std::string& text) const;  // throws RangeError for what is no symbol
};
const Task& task_of(std::string_view name);  // digits, strings or prompts; throws RangeError for another

}  // namespace heed::frames
