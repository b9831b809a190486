// Audio classification: a Transformer encoder over frames, with mean pooling or CTC.
#include <heed/bench/training.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/loss/ctc.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 32, frames = 100, bands = 40, width = 144, heads = 4, layers = 4;
constexpr Dim words = 35, letters = 29, target = 20;

struct AudioEncoder {
    nn::Linear in;
    nn::SinusoidalPositions position{frames, width};
    nn::TransformerEncoder stack;
    nn::Linear head;
    AudioEncoder(const nn::Params& p, Dim classes)
        : in(p / "in", bands, width), stack(p, layers, width, heads, {.hidden = 576}), head(p / "head", width, classes) {}
    // (b, frames, bands) -> (b, frames, width)
    Var encode(const Batch& b) const { return stack(position(in(b.values[0]))); }
};

struct OneWord : AudioEncoder {
    explicit OneWord(const nn::Params& p) : AudioEncoder(p, words) {}
    Var infer(const Batch& b) const { return head(mean(encode(b), 1)); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[0]); }
};

struct Letters : AudioEncoder {
    Ints all_frames = Ints::from_shape({batch}), all_letters = Ints::from_shape({batch});
    explicit Letters(const nn::Params& p) : AudioEncoder(p, letters) {
        all_frames.fill(frames);
        all_letters.fill(target);
    }
    Var infer(const Batch& b) const { return head(encode(b)); }
    Var loss(const Batch& b) const { return ctc_loss(log_softmax(infer(b)), b.ids[0], all_frames, all_letters); }
};

}  // namespace

std::vector<Training> audio_small() {
    const Array features = normal({batch, frames, bands}, 1);
    return {{"audio_small/pool", {{features}, {ids({batch}, words, 2)}}, network_of<OneWord>},
            {"audio_small/ctc", {{features}, {ids({batch, target}, letters - 1, 3, 1)}}, network_of<Letters>}};
}

}  // namespace heed::bench
