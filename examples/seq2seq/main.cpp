// Two GRU cells and Bahdanau's attention between them learn to reverse a sequence.
#include <cstdint>
#include <random>
#include <fmt/format.h>
#include <heed/heed.hpp>

using namespace heed;

struct Seq2Seq {
    Dim dim;
    nn::Embedding source, target;
    nn::GRUCell encoder, decoder;
    nn::AdditiveAttention attend;
    nn::Linear head;

    struct Options { Dim vocab, dim = 32; };
    Seq2Seq(nn::Params p, Options o)
        : dim(o.dim), source(p / "source", o.vocab, dim), target(p / "target", o.vocab, dim), encoder(p / "encoder", dim, dim),
          decoder(p / "decoder", 2 * dim, dim), attend(p / "attend", dim, dim, dim), head(p / "head", 2 * dim, o.vocab) {}

    // Teacher forcing: `previous` is the wanted output shifted right by one.
    Var operator()(const Ints& ids, const Ints& previous) const {  // (b, s), (b, t) -> (b, t, vocab)
        Var h = zeros({ids.shape()[0], dim});
        List<Var> states, logits;
        const Var inputs = source(ids), outputs = target(previous);
        for (Dim t = 0; t < ids.shape()[1]; ++t) states.push_back(h = encoder(pick(inputs, 1, t), h));
        const nn::AttentionMemory memory = attend.remember(stack(states, 1));  // the key side is projected once
        for (Dim t = 0; t < previous.shape()[1]; ++t) {
            const Var context = attend(h, memory);
            h = decoder(concat({pick(outputs, 1, t), context}), h);
            logits.push_back(head(concat({h, context})));
        }
        return stack(logits, 1);
    }
};

constexpr Dim length = 6, vocab = 8;

struct Batch {
    Ints ids = Ints::from_shape({32, length}), wanted = ids, previous = ids;

    explicit Batch(std::mt19937& random) {
        for (Dim i = 0; i < ids.shape()[0]; ++i) {
            for (Dim t = 0; t < length; ++t) ids(i, t) = 1 + static_cast<std::int64_t>(random() % (vocab - 1));
            for (Dim t = 0; t < length; ++t) {
                wanted(i, t) = ids(i, length - 1 - t);
                previous(i, t) = t ? wanted(i, t - 1) : 0;
            }
        }
    }
};

double accuracy(const Var& logits, const Ints& wanted) {
    const Ints predicted = argmax(logits);
    double right = 0;
    for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted.data()[i] == wanted.data()[i];
    return right / static_cast<double>(predicted.size());
}

int main() {
    std::mt19937 random(1);
    const nn::Params params(42);
    const Seq2Seq model(params, {.vocab = vocab});
    nn::Adam adam(params, {.lr = 5e-3});
    for (int step = 1; step <= 400; ++step) {
        const Batch batch(random);
        Tape tape;
        const Var logits = model(batch.ids, batch.previous), loss = cross_entropy(logits, batch.wanted);
        tape.backward(loss);
        adam.step();
        if (step % 50 == 0) fmt::print("step {:3}  loss {:.4f}  accuracy {:.2f}\n", step, loss.item(), accuracy(logits, batch.wanted));
    }
    const Batch held_out(random);
    const double right = accuracy(model(held_out.ids, held_out.previous), held_out.wanted);
    fmt::print("{} parameters, held-out accuracy {:.2f}\n", params.count(), right);
    return right > 0.9 ? 0 : 1;
}
