// The model: its loss with the alignment that it finds, and speech without one.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/examples/speak/model.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/decode/monotonic_alignment.hpp>
#include <heed/nn/layers/heads/length_regulator.hpp>

namespace heed::speak {
namespace {

constexpr Dim width = 5;                 // of convolutions, in letters or frames
constexpr double most_frames = 80;       // of a letter: a second
constexpr double share_of_timing = 0.1;  // of the loss
constexpr double prior = 2;              // for a band, of an alignment that is off by the whole text

std::vector<ConvBlock> blocks(const nn::Params& p, Dim n, const ModelOptions& o) {
    std::vector<ConvBlock> all;
    for (Dim i = 0; i < n; ++i) all.emplace_back(p / i, o.dim, o.dropout);
    return all;
}

// (b, n, 1): 1 for the first counts(i) positions of example i.
Var alive(const Ints& counts, Dim n) {
    Array x = filled({count(counts), n, 1}, 0);
    for (Dim i = 0; i < count(counts); ++i) std::fill_n(x.data() + i * n, counts(i), Real{1});
    return x;
}

Ints sums_of(const Ints& durations) {
    Ints sums(Shape{durations.shape()[0]}, 0);
    for (Dim i = 0; i < durations.shape()[0]; ++i)
        for (Dim k = 0; k < durations.shape()[1]; ++k) sums(i) += durations(i, k);
    return sums;
}

// (b, t, 3): how far a frame is in its letter, as a share, and in frames from its begin and to its end.
Array places(const Ints& durations, Dim frames) {
    Array x = filled({durations.shape()[0], frames, 3}, 0);
    for (Dim i = 0; i < durations.shape()[0]; ++i) {
        Real* to = x.data() + i * frames * 3;
        for (Dim k = 0; k < durations.shape()[1]; ++k)
            for (Dim j = 0; j < durations(i, k); ++j, to += 3) {
                const double at = static_cast<double>(j) + 0.5, all = static_cast<double>(durations(i, k));
                to[0] = static_cast<Real>(at / all);
                to[1] = static_cast<Real>(std::tanh(at / 8));
                to[2] = static_cast<Real>(std::tanh((all - at) / 8));
            }
    }
    return x;
}

}  // namespace

std::vector<Dim> ids_of(std::string_view letters) {
    std::vector<Dim> ids{0};
    for (const char c : letters) {
        const std::size_t id = symbols.find(c);
        require(
            id != symbols.npos, "speak", [&] { return fmt::format("'{}' is no letter; expected '{}'", c, symbols); },
            Site::current());
        ids.push_back(static_cast<Dim>(id) + 1);
    }
    ids.push_back(0);
    return ids;
}

void ModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("mel_bands", bands, "bands of the mel scale").within(1, most_width);
    declare_stack(s, "dim", dim, "width of the states", layers, "of the encoder", heads);
    s.add("hidden", hidden, "width inside an encoder's layer").within(1, most_width);
    s.add("blocks", blocks, "convolutions of the decoder").within(0, most_layers);
    declare_dropout(s, dropout);
    s.add("mean", mean).of_data();
    s.add("deviation", deviation).above(0).of_data();
}

ConvBlock::ConvBlock(nn::Params p, Dim dim, double dropout)
    : norm(p / "norm", dim), conv(p / "conv", dim, 2 * dim, width, {.padding = width / 2}),
      down(p / "down", 2 * dim, dim), drop(p / "drop", dropout) {}

Var ConvBlock::operator()(In x, In alive) const { return x + drop(down(gelu(conv(norm(x) * alive)))); }

Model::Model(nn::Params p, const Options& o)
    : options(o), letters(p / "letters", static_cast<Dim>(symbols.size()) + 1, o.dim),
      sounds(p / "sounds", static_cast<Dim>(symbols.size()) + 1, o.bands, {.start = nn::init::normal(0.1)}),
      spelling(blocks(p / "spelling", 2, o)),
      encoder(p / "encoder", o.layers, o.dim, o.heads,
              {.hidden = o.hidden, .dropout = o.dropout, .rotary = RotaryOptions{}}),
      timing(p / "timing", o.dim, o.dropout), duration(p / "duration", o.dim, 1), place(p / "place", 3, o.dim),
      decoder(blocks(p / "decoder", o.blocks, o)), sharpen(p / "sharpen", o.dim, o.bands) {}

Encoded Model::encode(const Ints& ids, const Ints& counts) const {
    const Var there = alive(counts, ids.shape()[1]);
    Var x = letters(ids);
    for (const ConvBlock& block : spelling) x = block(x, there);
    x = encoder(x, lengths(counts));
    // How long a letter lasts is learnt beside its sound, and does not disturb it.
    return {x, sounds(ids), squeeze(duration(timing(Var(x.value()), there)), {-1})};
}

Var Model::decode(const Encoded& encoded, const Ints& durations) const {
    Var x = nn::regulate_length(encoded.states, durations);
    const Var there = alive(sums_of(durations), x.dim(1));
    x = x + place(places(durations, x.dim(1)));
    for (const ConvBlock& block : decoder) x = block(x, there);
    return nn::regulate_length(encoded.means, durations) + sharpen(x);
}

Ints Model::align(const Encoded& encoded, const Batch& batch) const {
    // -|features - mean|^2 / 2 but for a term that is the same on every path.
    const Var means(encoded.means.value());
    Array scores = (matmul(means, transpose(Var(batch.features))) - sum(square(means), {-1}, keep_axis) / 2).value();
    // Letters last about as long as each other, which decides while the means say nothing (Badlani et al., "One TTS
    // alignment to rule them all", 2022, have such a prior).
    const Dim frames = scores.shape()[2];
    for (Dim k = 0; k < scores.shape()[0]; ++k)
        for (Dim i = 0; i < batch.letter_counts(k); ++i)
            for (Dim j = 0; j < batch.frame_counts(k); ++j) {
                const double off = (static_cast<double>(i) + 0.5) / static_cast<double>(batch.letter_counts(k)) -
                                   (static_cast<double>(j) + 0.5) / static_cast<double>(batch.frame_counts(k));
                scores.data()[(k * scores.shape()[1] + i) * frames + j] -=
                    static_cast<Real>(prior * static_cast<double>(options.bands) * off * off);
            }
    return nn::align_monotonic(scores, batch.letter_counts, batch.frame_counts);
}

Var Model::loss(const Batch& batch) const {
    const Encoded encoded = encode(batch.letters, batch.letter_counts);
    const Ints durations = align(encoded, batch);
    const Var features(batch.features), there = alive(batch.frame_counts, features.dim(1));
    const Var values = sum(there) * options.bands;
    const auto error = [&](const Var& x) { return sum(square(x - features) * there) / values; };
    const Var encoded_there = squeeze(alive(batch.letter_counts, batch.letters.shape()[1]), {-1});
    // -log of Poisson's probability, for each frame. Its best durations are the means, so that texts are as long as
    // when the voice speaks; squared errors of logarithms have the geometric means, which are shorter by a quarter.
    const Var timing_error =
        sum((exp(encoded.log_durations) - encoded.log_durations * Var(durations)) * encoded_there) / sum(there);
    return error(nn::regulate_length(encoded.means, durations)) + error(decode(encoded, durations)) +
           share_of_timing * timing_error;
}

Model::Spoken Model::speak(std::string_view text, double speed) const {
    const std::vector<Dim> ids = ids_of(text);
    const auto n = static_cast<Dim>(ids.size());
    const Encoded encoded = encode(reshaped(data::array_of(ids), {1, n}), Ints(Shape{1}, n));
    Ints durations = Ints::from_shape({1, n});
    for (Dim i = 0; i < n; ++i)
        durations(0, i) = std::lround(
            std::clamp(std::exp(static_cast<double>(encoded.log_durations.value()(0, i))) / speed, 1.0, most_frames));
    Array features = reshaped(decode(encoded, durations).value(), {sums_of(durations)(0), options.bands});
    for (Real& x : features.storage()) x = static_cast<Real>(static_cast<double>(x) * options.deviation + options.mean);
    return {std::move(features), {durations.storage().cbegin(), durations.storage().cend()}};
}

}  // namespace heed::speak
