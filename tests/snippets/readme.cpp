#include <cstdio>
#include <random>
#include <heed/heed.hpp>
using namespace heed;

struct Lookup {                                       // which symbol stands at the place asked for?
    nn::Embedding symbol, place;
    nn::AdditiveAttention attend;
    nn::Linear answer;
    explicit Lookup(nn::Params p)
        : symbol(p / "symbol", 10, 32), place(p / "place", 8, 32), attend(p / "attend", 32, 32, 32), answer(p / "answer", 32, 10) {}
    Var operator()(const Ints& text, const Ints& where, Var* weights = nullptr) const {  // (b, 8), (b) -> (b, 10)
        return answer(attend(place(where), attend.remember(symbol(text) + place(arange(8))), weights));
    }
};

int main() {
    nn::Params params(42);                            // the store of all parameters, and its seed
    Lookup model(params);
    nn::Adam adam(params, {.lr = 3e-3});
    std::mt19937 random(1);
    Ints text = Ints::from_shape({64, 8}), where = Ints::from_shape({64}), label = Ints::from_shape({64});
    for (int step = 1; step <= 300; ++step) {
        for (Dim i = 0; i < 64; ++i) {
            for (Dim t = 0; t < 8; ++t) text(i, t) = random() % 10;
            label(i) = text(i, where(i) = random() % 8);
        }
        Tape tape;                                    // records while it is alive
        Var loss = cross_entropy(model(text, where), label);
        tape.backward(loss);
        adam.step();                                  // applies, then clears, the gradients
        if (step % 100 == 0) std::printf("step %d: loss %.3f\n", step, loss.item());
    }
    Var weights;                                      // from here on no tape is alive: nothing is recorded
    const Ints said = argmax(model({{3, 1, 4, 1, 5, 9, 2, 6}}, {5}, &weights)), looked = argmax(weights);
    std::printf("symbol %d, read at place %d\n", int(said(0)), int(looked(0)));
    return said(0) == 9 && looked(0) == 5 ? 0 : 1;
}
