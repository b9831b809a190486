#pragma once
// From letters to log-mel features.
#include <string>
#include <heed/nn/data/audio/log_mel.hpp>
#include <heed/nn/layers/conv.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::speak {

inline constexpr int rate = 8000;                                            // samples a second
inline constexpr std::string_view symbols = "abcdefghijklmnopqrstuvwxyz' ";  // 1, 2, ...; 0 is the edge of a text

// The ids of a text that spoken() gave, with an edge before and after it: silence belongs to those.
std::vector<Dim> ids_of(std::string_view letters);

struct ModelOptions {
    Dim bands = 64;
    Dim dim = 128, layers = 2, heads = 2, hidden = 256;
    Dim blocks = 4;  // of the decoder
    double dropout = 0.1;
    double mean = 0, deviation = 1;  // of the features of the training data

    void declare(training::Settings& s);
    // Windows of 50 ms every 12.5 ms.
    audio::MelOptions mel() const {
        return {.rate = rate, .window = 0.05, .step = 0.0125, .bands = bands, .low = 0, .floor = 1e-4, .centred = true};
    }
};

struct HEED_ABI Batch {
    Ints letters, letter_counts;  // (b, n), (b)
    Array features;               // (b, t, bands), normalised
    Ints frame_counts;            // (b)
};

// x + a convolution over time of its norm, twice as wide inside.
struct HEED_ABI ConvBlock {
    nn::LayerNorm norm;
    nn::Conv1d conv;
    nn::Linear down;
    nn::Dropout drop;
    ConvBlock(nn::Params p, Dim dim, double dropout);
    Var operator()(In x, In alive) const;  // x (b, t, dim), alive (b, t, 1): 0 behind an example's end
};

// What the letters of a batch say about their sound.
struct HEED_ABI Encoded {
    Var states;         // (b, n, dim)
    Var means;          // (b, n, bands): the features of a letter, the same wherever it stands
    Var log_durations;  // (b, n)
};

// A Transformer's encoder over letters. The alignment with the frames is searched for while training, by how near the
// features of a frame are to a letter's mean (Kim et al., "Glow-TTS", 2020, without the flow, as in Popov et al.,
// "Grad-TTS", 2021). A mean knows nothing of other letters: else a letter may learn the sound of its neighbour.
// Convolutions over frames add what the encoder knows.
struct HEED_ABI Model {
    using Options = ModelOptions;
    static constexpr const char* program = "speak";
    Options options;
    nn::Embedding letters, sounds;
    std::vector<ConvBlock> spelling;
    nn::TransformerEncoder encoder;
    ConvBlock timing;
    nn::Linear duration, place;
    std::vector<ConvBlock> decoder;
    nn::Linear sharpen;

    Model(nn::Params p, const Options& o);
    Encoded encode(const Ints& ids, const Ints& counts) const;
    Var decode(const Encoded& encoded, const Ints& durations) const;  // (b, t, bands)
    Ints align(const Encoded& encoded, const Batch& batch) const;     // durations (b, n)
    Var loss(const Batch& batch) const;                               // the mean over all frames

    struct Spoken {
        Array features;              // (t, bands), log-mel as LogMel gives them
        std::vector<Dim> durations;  // frames of each id
    };
    // `speed`: how many times faster than the voice speaks itself.
    Spoken speak(std::string_view letters, double speed = 1) const;
};

}  // namespace heed::speak
