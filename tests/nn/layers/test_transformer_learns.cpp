// A Transformer learns to reverse: an encoder reads a sequence, a decoder predicts it backwards.
#include <heed/nn/layers/positions.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/nn/layers/train_step.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim vocab = 6, length = 4, width = 16;

struct Reverser {
    nn::Embedding source, target;
    nn::SinusoidalPositions positions;
    nn::TransformerEncoder encoder;
    nn::TransformerDecoder decoder;
    nn::Linear head;

    explicit Reverser(nn::Params p)
        : source(p / "source", vocab, width), target(p / "target", vocab, width), positions(length, width),
          encoder(p / "encoder", 1, width, 2, {.hidden = 32}), decoder(p / "decoder", 1, width, 2, {.hidden = 32}),
          head(p / "head", width, vocab) {}
    Var operator()(const Ints& ids, const Ints& previous) const {
        return head(decoder(positions(target(previous)), decoder.remember(encoder(positions(source(ids))))));
    }
};

}  // namespace

TEST_CASE("nn: a transformer learns to reverse", "[nn][trains]") {
    const nn::Params params(3);
    const Reverser model(params);
    nn::Adam adam(params, {.lr = 1e-2});
    Draws random(Key{9, 9}, 0);
    double first = 0, last = 0;
    for (int step = 0; step < 150; ++step) {
        Ints ids = Ints::from_shape({32, length}), wanted = ids, previous = ids;
        for (Dim b = 0; b < 32; ++b) {
            for (Dim t = 0; t < length; ++t) ids(b, t) = 1 + random.below(vocab - 1);
            for (Dim t = 0; t < length; ++t) {
                wanted(b, t) = ids(b, length - 1 - t);
                previous(b, t) = t ? wanted(b, t - 1) : 0;
            }
        }
        last = test::train_step(params, adam, [&] { return cross_entropy(model(ids, previous), wanted); });
        if (step == 0) first = last;
    }
    CHECK(first > 1.4);
    CHECK(last < 0.2);
}
