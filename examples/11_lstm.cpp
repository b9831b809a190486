// A language model of two LSTM layers reads a text in parts, and carries its state from each part to the next.
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <heed/heed.hpp>
using namespace heed;

// Who is named at the start of a line is named twice more: what decides the next word is often not in the same part.
std::string made_text(std::mt19937& random, std::size_t size) {
    const auto one_of = [&](std::initializer_list<const char*> words) {
        return std::string(words.begin()[random() % words.size()]);
    };
    std::string text;
    while (text.size() < size) {
        const std::string name = one_of({"anna", "emil", "lena", "otto", "ruth", "hugo"});
        text += name + " saw " + one_of({"a dog", "a cat", "an owl"}) + ", " + name + " ran, ";
        text += name + one_of({" sat.\n", " sang.\n"});
    }
    return text;
}

struct Model {
    nn::Embedding symbol;
    nn::LSTM read;
    nn::Linear next;
    explicit Model(const nn::Params& p)
        : symbol(p / "symbol", 128, 16), read(p / "read", 16, 64, {.layers = 2}), next(p / "next", 64, 128) {}
    // text (b, t) -> logits (b, t, 128) of each next character. The states are those before the text, then those after.
    Var operator()(const Ints& text, nn::LSTM::States& states) const {
        const nn::LSTM::Result result = read(symbol(text), states);
        states = result.states;
        return next(result.outputs);
    }
};

// A text as `rows` long columns side by side, of which each step reads the next `length` characters.
struct Parts {
    static constexpr Dim rows = 16, length = 16;
    const std::string& text;
    Dim count() const { return (static_cast<Dim>(text.size()) / rows - 1) / length; }
    Ints at(Dim part, Dim shift) const {
        Ints ids = Ints::from_shape({rows, length});
        for (Dim i = 0; i < rows; ++i) {
            const Dim start = i * (static_cast<Dim>(text.size()) / rows) + part * length + shift;
            for (Dim t = 0; t < length; ++t) ids(i, t) = text[static_cast<std::size_t>(start + t)];
        }
        return ids;
    }
};

// Nats a character of a text that is read in parts, with the state carried along or forgotten after each.
double measure(const Model& model, const Parts& parts, bool carried) {
    nn::LSTM::States states;
    double total = 0;
    for (Dim part = 0; part < parts.count(); ++part) {
        if (!carried) states = {};
        total += cross_entropy(model(parts.at(part, 0), states), parts.at(part, 1)).item();
    }
    return total / static_cast<double>(parts.count());
}

int main() {
    std::mt19937 random(1);
    const std::string text = made_text(random, 60000), unseen = made_text(random, 10000);
    const Parts parts{text};
    const nn::Params params(42);
    const Model model(params);
    nn::AdamW adam(params, {.lr = 5e-3});
    for (int epoch = 1; epoch <= 12; ++epoch) {
        nn::LSTM::States states;  // zeros, where the text begins
        double total = 0;
        for (Dim part = 0; part < parts.count(); ++part) {
            Tape tape;  // a new one for each part: the state comes along, the gradient does not go back beyond it
            const Var loss = cross_entropy(model(parts.at(part, 0), states), parts.at(part, 1));
            tape.backward(loss);
            nn::clip_gradients(params, 1);
            adam.step();
            total += loss.item();
        }
        if (epoch % 3 == 0) std::printf("epoch %d  loss %.3f\n", epoch, total / static_cast<double>(parts.count()));
    }
    const double carried = measure(model, {unseen}, true), forgotten = measure(model, {unseen}, false);

    // A sample: one character at a time, each drawn from what the model expects after all before it.
    nn::LSTM::States states;
    Ints last{{'\n'}};
    for (int line = 0; line < 3; line += last(0, 0) == '\n') {
        const Var p = softmax(model(last, states) / 0.5);
        last(0, 0) = std::discrete_distribution<int>(p.value().begin(), p.value().end())(random);
        std::putchar(static_cast<int>(last(0, 0)));
    }
    std::printf("unseen text: %.3f nats a character, %.3f if each part forgets\n", carried, forgotten);
    return carried < 0.2 && forgotten > carried + 0.2 ? 0 : 1;
}
