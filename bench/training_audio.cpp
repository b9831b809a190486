#include <heed/bench/training.hpp>
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/loss/ctc.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 32, frames = 100, bands = 40, width = 144, heads = 4, layers = 4, words = 35, letters = 29, said = 20;

struct Listener {
    nn::Linear in;
    nn::SinusoidalPositions place{frames, width};
    nn::TransformerEncoder stack;
    nn::Linear head;
    Listener(const nn::Params& p, Dim classes)
        : in(p / "in", bands, width), stack(p, layers, width, heads, {.hidden = 576}), head(p / "head", width, classes) {}
    Var read(const Batch& b) const { return stack(place(in(b.numbers[0]))); }  // (b, frames, bands) -> (b, frames, width)
};

struct OneWord : Listener {
    explicit OneWord(const nn::Params& p) : Listener(p, words) {}
    Var infer(const Batch& b) const { return head(mean(read(b), 1)); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[0]); }
};

struct Letters : Listener {
    Ints all_frames = Ints::from_shape({batch}), all_letters = Ints::from_shape({batch});
    explicit Letters(const nn::Params& p) : Listener(p, letters) {
        all_frames.fill(frames);
        all_letters.fill(said);
    }
    Var infer(const Batch& b) const { return head(read(b)); }
    Var loss(const Batch& b) const { return ctc_loss(log_softmax(infer(b)), b.ids[0], all_frames, all_letters); }
};

}  // namespace

std::vector<Training> audio_small() {
    const Array heard = normal({batch, frames, bands}, 1);
    return {{"audio_small/pool", {{heard}, {ids({batch}, words, 2)}}, network_of<OneWord>},
            {"audio_small/ctc", {{heard}, {ids({batch, said}, letters - 1, 3, 1)}}, network_of<Letters>}};
}

}  // namespace heed::bench
