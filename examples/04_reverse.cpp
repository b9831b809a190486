// A sequence reversed: two GRU cells with additive attention between them, and the positions that it attends to.
#include <cstdint>
#include <cstdio>
#include <random>
#include <heed/heed.hpp>
using namespace heed;

// The encoder reads all symbols; the decoder writes one after the other and attends to what was read (Bahdanau, 2015).
struct Reverser {
    Dim width;
    nn::Embedding source, target;
    nn::GRUCell encoder, decoder;
    nn::AdditiveAttention attend;
    nn::Linear head;
    struct Options {
        Dim symbols, width = 32;
    };
    Reverser(const nn::Params& p, const Options& o)
        : width(o.width), source(p / "source", o.symbols, width), target(p / "target", o.symbols, width),
          encoder(p / "encoder", width, width), decoder(p / "decoder", 2 * width, width),
          attend(p / "attend", width, width, width), head(p / "head", 2 * width, o.symbols) {}

    // ids (b, s), and the symbol before each wanted one (b, t) -> logits (b, t, symbols); weights (b, s) of each step.
    Var operator()(const Ints& ids, const Ints& previous, List<Var>* weights = nullptr) const {
        Var h = zeros({ids.shape()[0], width});
        List<Var> states, logits;
        const Var read = source(ids), before = target(previous);
        for (Dim t = 0; t < ids.shape()[1]; ++t) states.push_back(h = encoder(pick(read, 1, t), h));
        const nn::AttentionMemory memory = attend.remember(stack(states, 1));  // keys are made once
        for (Dim t = 0; t < previous.shape()[1]; ++t) {
            Var weight;
            const Var context = attend(h, memory, weights ? &weight : nullptr);
            if (weights) weights->push_back(weight);
            h = decoder(concat({pick(before, 1, t), context}), h);
            logits.push_back(head(concat({h, context})));
        }
        return stack(logits, 1);
    }
};

constexpr Dim length = 6, symbols = 8;  // symbol 0 begins every output

struct Batch {
    Ints ids = Ints::from_shape({32, length}), wanted = ids, previous = ids;
    explicit Batch(std::mt19937& random) {
        for (Dim i = 0; i < ids.shape()[0]; ++i) {
            for (Dim t = 0; t < length; ++t) ids(i, t) = 1 + static_cast<std::int64_t>(random() % (symbols - 1));
            for (Dim t = 0; t < length; ++t) {
                wanted(i, t) = ids(i, length - 1 - t);
                previous(i, t) = t ? wanted(i, t - 1) : 0;  // teacher forcing: the right symbol, whatever was predicted
            }
        }
    }
};

int main() {
    std::mt19937 random(1);
    const nn::Params params(42);
    const Reverser model(params, {.symbols = symbols});
    nn::Adam adam(params, {.lr = 5e-3});
    for (int step = 1; step <= 1000; ++step) {
        adam.set_lr(5e-3 * (1 - (step - 1) / 1000.0));  // falls to zero: ever smaller steps at the end
        const Batch batch(random);
        Tape tape;
        const Var loss = cross_entropy(model(batch.ids, batch.previous), batch.wanted);
        tape.backward(loss);
        adam.step();
        if (step % 250 == 0) std::printf("step %4d  loss %.4f\n", step, static_cast<double>(loss.item()));
    }

    // New sequences, and no teacher: each symbol that was predicted is the next one's input.
    const Batch unseen(random);
    Ints previous = Ints::from_shape(unseen.ids.shape()), predicted = previous;
    List<Var> weights;
    previous.fill(0);
    for (Dim t = 0; t < length; ++t) {
        weights.clear();
        predicted = argmax(model(unseen.ids, previous, &weights));
        for (Dim i = 0; i < 32 && t + 1 < length; ++i) previous(i, t + 1) = predicted(i, t);
    }
    int right = 0;
    for (Dim i = 0; i < 32; ++i)
        for (Dim t = 0; t < length; ++t) right += predicted(i, t) == unseen.wanted(i, t);

    std::printf("read     ");
    for (Dim t = 0; t < length; ++t) std::printf("%7d", static_cast<int>(unseen.ids(0, t)));
    std::printf("\nwritten, and the weight of each position that was read\n");
    for (Dim t = 0; t < length; ++t) {
        std::printf("%7d  ", static_cast<int>(predicted(0, t)));
        for (Dim s = 0; s < length; ++s) std::printf("%7.2f", weights[static_cast<std::size_t>(t)].value()(0, s));
        std::printf("\n");
    }
    std::printf("%d of %d symbols right\n", right, static_cast<int>(32 * length));
    return right > 0.9 * 32 * length ? 0 : 1;
}
