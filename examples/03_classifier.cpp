// A classifier of sequences: a model of layers of one's own decides which half of a sequence holds more ones.
#include <cstdint>
#include <cstdio>
#include <random>
#include <heed/heed.hpp>
using namespace heed;

// A layer is a struct of layers: a transformer block is attention and two Linear, each with a norm before it.
struct Block {
    nn::LayerNorm norm1, norm2;
    nn::MultiHeadAttention attend;
    nn::Linear up, down;
    Block(const nn::Params& p, Dim width, Dim heads)
        : norm1(p / "norm1", width), norm2(p / "norm2", width), attend(p / "attend", width, heads),
          up(p / "up", width, 4 * width), down(p / "down", 4 * width, width) {}
    Var operator()(Var x) const {
        x = x + attend(norm1(x));             // each position gathers what it needs from the others
        return x + down(gelu(up(norm2(x))));  // and works on it by itself
    }
};

struct Classifier {
    nn::Embedding symbol, position;
    Block first, second;
    nn::Linear head;
    struct Options {
        Dim symbols, length, classes, width = 32, heads = 4;
    };
    Classifier(const nn::Params& p, const Options& o)
        : symbol(p / "symbol", o.symbols, o.width), position(p / "position", o.length, o.width),
          first(p / "first", o.width, o.heads), second(p / "second", o.width, o.heads),
          head(p / "head", o.width, o.classes) {}
    Var operator()(const Ints& ids) const {  // (b, t) -> logits (b, classes)
        const Var x = symbol(ids) + position(arange(ids.shape()[1]));
        return head(mean(second(first(x)), 1));
    }
};

// Sequences of ten symbols 0 to 3, and the half with more ones: 1 the first, 2 the second, 0 for as many in both.
struct Batch {
    Ints ids = Ints::from_shape({64, 10}), labels = Ints::from_shape({64});
    explicit Batch(std::mt19937& random) {
        for (Dim i = 0; i < ids.shape()[0]; ++i) {
            int balance = 0;
            for (Dim t = 0; t < ids.shape()[1]; ++t) {
                ids(i, t) = static_cast<std::int64_t>(random() % 4);
                if (ids(i, t) == 1) balance += t < 5 ? 1 : -1;
            }
            labels(i) = balance > 0 ? 1 : balance < 0 ? 2 : 0;
        }
    }
};

double accuracy(const Ints& predicted, const Ints& labels) {
    Dim right = 0;
    for (Dim i = 0; i < labels.shape()[0]; ++i) right += predicted(i) == labels(i);
    return static_cast<double>(right) / static_cast<double>(labels.shape()[0]);
}

int main() {
    std::mt19937 random(1);
    const nn::Params params(42);
    const Classifier model(params, {.symbols = 4, .length = 10, .classes = 3});
    nn::Adam adam(params, {.lr = 2e-3});
    for (int step = 1; step <= 300; ++step) {
        const Batch batch(random);
        Tape tape;  // records while it is alive
        const Var logits = model(batch.ids), loss = cross_entropy(logits, batch.labels);
        tape.backward(loss);
        adam.step();  // applies, then clears, the gradients
        if (step % 100 == 0) std::printf("step %d  loss %.3f\n", step, static_cast<double>(loss.item()));
    }

    const Batch unseen(random);
    const Ints predicted = argmax(model(unseen.ids));  // no tape is alive: nothing is recorded
    const char* names[] = {"as many in both", "more in the first half", "more in the second half"};
    for (Dim i = 0; i < 4; ++i) {
        for (Dim t = 0; t < 10; ++t) std::printf("%s%d", t == 5 ? " | " : " ", static_cast<int>(unseen.ids(i, t)));
        std::printf("   %s\n", names[predicted(i)]);
    }
    const double right = accuracy(predicted, unseen.labels);
    std::printf("%d parameters, %.0f %% of new sequences right\n", static_cast<int>(params.count()), 100 * right);
    return right > 0.9 ? 0 : 1;
}
