#include <cstdio>
#include <random>
#include <heed/heed.hpp>
#include <heed/ops/attention/score.hpp>
using namespace heed;

int main() {                // learns which symbol stands at a position of a text
    nn::Params params(42);  // the store of all parameters, and its seed
    const nn::Embedding symbol(params / "symbol", 10, 32), position(params / "position", 8, 32);
    const Score l1 = score::pairwise([](auto query, auto key) { return -abs(query - key); });
    const nn::DotProductAttention attend(params / "attend", 32, 32, {.score = l1});
    const nn::Linear answer(params / "answer", 32, 10);
    const auto model = [&](const Ints& text, const Ints& where, Var* weights = nullptr) {
        return answer(attend(position(where), attend.remember(symbol(text) + position(arange(8))), weights));
    };
    nn::Adam adam(params, {.lr = 3e-3});
    std::mt19937 random(1);
    Ints text = Ints::from_shape({64, 8}), where = Ints::from_shape({64}), label = Ints::from_shape({64});
    for (int step = 1; step <= 300; ++step) {
        for (auto& s : text) s = random() % 10;
        for (Dim i = 0; i < 64; ++i) label(i) = text(i, where(i) = random() % 8);
        Tape tape;  // records while it is alive
        const Var loss = cross_entropy(model(text, where), label);
        tape.backward(loss);
        adam.step();  // applies, then clears, the gradients
        if (step % 100 == 0) std::printf("step %d: loss %.3f\n", step, loss.item());
    }
    Var weights;  // from here on no tape is alive: nothing is recorded
    const Ints predicted = argmax(model({{3, 1, 4, 1, 5, 9, 2, 6}}, {5}, &weights)), attended = argmax(weights);
    std::printf("symbol %d, attended at position %d\n", int(predicted(0)), int(attended(0)));
    return predicted(0) == 9 && attended(0) == 5 ? 0 : 1;
}
