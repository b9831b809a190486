// A transformer block written by hand, and a classifier of two of them: which half of a sequence holds more ones?
#include <cstdint>
#include <random>
#include <fmt/format.h>
#include <heed/heed.hpp>

using namespace heed;

struct Block {
    nn::LayerNorm norm1, norm2;
    nn::MultiHeadAttention attend;
    nn::Linear up, down;

    Block(nn::Params p, Dim dim, Dim heads)
        : norm1(p / "norm1", dim), norm2(p / "norm2", dim), attend(p / "attend", dim, heads),
          up(p / "up", dim, 4 * dim), down(p / "down", 4 * dim, dim) {}

    Var operator()(Var x) const {
        x = x + attend(norm1(x));
        return x + down(gelu(up(norm2(x))));
    }
};

struct Classifier {
    nn::Embedding token, position;
    Block first, second;
    nn::Linear head;

    struct Options { Dim vocab, length, classes, dim = 32, heads = 4; };
    Classifier(nn::Params p, Options o)
        : token(p / "token", o.vocab, o.dim), position(p / "place", o.length, o.dim),
          first(p / "first", o.dim, o.heads), second(p / "second", o.dim, o.heads),
          head(p / "head", o.dim, o.classes) {}

    Var operator()(const Ints& ids) const {  // (b, t) -> (b, classes)
        const Var x = token(ids) + position(arange(ids.shape()[1]));
        return head(mean(second(first(x)), 1));
    }
};

struct Batch {
    Ints ids = Ints::from_shape({64, 10}), labels = Ints::from_shape({64});

    explicit Batch(std::mt19937& random) {
        for (Dim i = 0; i < ids.shape()[0]; ++i) {
            int balance = 0;
            for (Dim t = 0; t < ids.shape()[1]; ++t) {
                ids(i, t) = static_cast<std::int64_t>(random() % 4);
                if (ids(i, t) == 1) balance += t < 5 ? 1 : -1;
            }
            labels(i) = balance > 0 ? 2 : balance < 0 ? 1 : 0;
        }
    }
};

double accuracy(const Var& logits, const Ints& labels) {
    const Ints predicted = argmax(logits);
    double right = 0;
    for (Dim i = 0; i < labels.shape()[0]; ++i) right += predicted(i) == labels(i);
    return right / static_cast<double>(labels.shape()[0]);
}

int main() {
    std::mt19937 random(1);
    const nn::Params params(42);
    const Classifier model(params, {.vocab = 4, .length = 10, .classes = 3});
    nn::Adam adam(params, {.lr = 2e-3});
    for (int step = 1; step <= 300; ++step) {
        const Batch batch(random);
        Tape tape;  // records while it is alive
        const Var logits = model(batch.ids), loss = cross_entropy(logits, batch.labels);
        tape.backward(loss);
        adam.step();  // applies, then clears, the gradients
        if (step % 50 == 0) fmt::print("step {:3}  loss {:.4f}  accuracy {:.2f}\n", step, loss.item(), accuracy(logits, batch.labels));
    }
    const Batch held_out(random);
    const Var logits = model(held_out.ids);  // no tape alive: nothing is recorded
    const double right = accuracy(logits, held_out.labels);
    fmt::print("{} parameters, held-out loss {:.4f}, accuracy {:.2f}\n", params.count(), cross_entropy(logits, held_out.labels).item(), right);
    return right > 0.9 ? 0 : 1;
}
