// audio_small: a transformer of frames of sound, for a word of each clip and for its letters by CTC.
#include <heed/bench/training.hpp>
#include <heed/examples/models/listener.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 32, frames = 100, bands = 40, words = 35, letters = 29, length = 20;

template <Dim outputs>
struct Trained : models::Listener {
    explicit Trained(const nn::Params& p)
        : Listener(p, {.frames = frames,
                       .bands = bands,
                       .outputs = outputs,
                       .layers = 4,
                       .heads = 4,
                       .width = 144,
                       .hidden = 576}) {}
};

struct OneWord : Trained<words> {
    using Trained::Trained;
    Var infer(const Batch& b) const { return classify(b.values[0]); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[0]); }
};

struct Letters : Trained<letters> {
    Ints all_frames = Ints::from_shape({batch}), all_letters = Ints::from_shape({batch});
    explicit Letters(const nn::Params& p) : Trained(p) {
        all_frames.fill(frames);
        all_letters.fill(length);
    }
    Var infer(const Batch& b) const { return transcribe(b.values[0]); }
    Var loss(const Batch& b) const { return ctc_loss(log_softmax(infer(b)), b.ids[0], all_frames, all_letters); }
};

}  // namespace

std::vector<Training> audio_small() {
    const Array sound = normal({batch, frames, bands}, 1);
    return {{"audio_small/pool", {{sound}, {ids({batch}, words, 2)}}, network_of<OneWord>},
            {"audio_small/ctc", {{sound}, {ids({batch, length}, letters - 1, 3, 1)}}, network_of<Letters>}};
}

}  // namespace heed::bench
