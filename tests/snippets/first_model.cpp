// The code of docs/learn/first_model.md, run and checked. The second argument: a folder for the model's file.
#include <cstdio>
#include <filesystem>
#include <random>
#include <heed/heed.hpp>
using namespace heed;

// [model]
struct Model {  // does the first symbol of a text occur in it once more?
    nn::Embedding symbol;
    nn::LearnedPositions position;
    nn::TransformerEncoder encoder;
    nn::Linear answer;
    explicit Model(const nn::Params& p)
        : symbol(p / "symbol", 10, 32), position(p / "position", 8, 32),
          encoder(p / "encoder", 1, 32, 4, {.dropout = 0.1}), answer(p / "answer", 32, 2) {}
    Var operator()(const Ints& text) const {                 // (b, 8) -> (b, 2): a logit for no, one for yes
        const Var states = encoder(position(symbol(text)));  // (b, 8, 32)
        return answer(pick(states, 1, 0));                   // of the first position
    }
};
// [data]
struct Batch {
    Ints text, label;
};
Batch make_batch(std::mt19937& random, Dim size) {
    Batch batch{Ints::from_shape({size, 8}), Ints::from_shape({size})};
    for (auto& symbol : batch.text) symbol = random() % 10;
    for (Dim i = 0; i < size; ++i) {
        batch.label(i) = 0;
        for (Dim t = 1; t < 8; ++t) batch.label(i) |= batch.text(i, t) == batch.text(i, 0);
    }
    return batch;
}
// [end]

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 2 ? argv[2] : "first_model";
    std::filesystem::create_directories(folder);
    // [make]
    const nn::Params params(1);  // the store, and the seed of the first values
    const Model model(params);
    std::printf("%s", params.summary().c_str());
    // [train]
    nn::AdamW adam(params, {.lr = 3e-3});
    std::mt19937 random(1);
    for (int step = 1; step <= 600; ++step) {
        const Batch batch = make_batch(random, 64);
        Tape tape;  // while it is alive, ops record and dropout is on
        const Var loss = cross_entropy(model(batch.text), batch.label);
        tape.backward(loss);
        nn::clip_gradients(params, 1);
        adam.step();
        if (step % 200 == 0) std::printf("step %d: loss %.3f\n", step, loss.item());
    }
    // [measure]
    const Batch test = make_batch(random, 1000);
    const Ints predicted = argmax(model(test.text));  // no tape is alive: nothing is recorded, nothing is dropped out
    const double right = mean(equal(Var(predicted), Var(test.label))).item();
    std::printf("%.1f %% right\n", 100 * right);
    // [save]
    nn::Checkpoint file;
    file.put("model.", params);
    file.put("optimizer.", adam);
    file.notes["step"] = std::to_string(adam.steps());
    file.save(folder / "model.safetensors");  // whole or not at all
    // [load]
    const nn::Params other;
    const Model again(other);  // the same code makes the same names
    nn::Checkpoint::load(folder / "model.safetensors").get("model.", other);
    // [end]
    const bool same = argmax(again(test.text)) == predicted;
    std::printf("loaded, it predicts the same: %s\n", same ? "yes" : "no");
    return right > 0.95 && same ? 0 : 1;
}
