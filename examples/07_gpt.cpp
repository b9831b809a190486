// A GPT learns a text, character by character, and writes more of it. Argument: a file; without one, a made text.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <heed/examples/models/gpt.hpp>
#include <heed/heed.hpp>
using namespace heed;

// Sentences of a small grammar. Verbs agree with their subjects, so words decide what comes after others.
std::string made_text(std::mt19937& random) {
    const auto one_of = [&](std::initializer_list<const char*> words) {
        return words.begin()[random() % words.size()];
    };
    std::string text;
    while (text.size() < 50000) {
        const bool many = random() % 2;
        text += many ? "two " : "a ";
        text += one_of({"small ", "red ", "quiet "});
        text += one_of({"cat", "dog", "bird", "owl"});
        text += many ? "s " : " ";
        text += one_of({"see", "follow", "hear"});
        text += many ? " the " : "s the ";
        text += one_of({"moon", "river", "wind", "night"});
        text += ".\n";
    }
    return text;
}

int main(int argc, char** argv) {
    constexpr Dim length = 64, rows = 16, steps = 400;
    std::mt19937 random(1);
    std::ifstream file(argc > 1 ? argv[1] : "");
    const std::string text = argc > 1 ? std::string(std::istreambuf_iterator<char>(file), {}) : made_text(random);
    if (text.size() < 1000) {
        std::fprintf(stderr, "%s: no text of at least 1000 characters\n", argv[1]);
        return 2;
    }
    const auto symbol = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };  // bytes: no vocabulary

    const nn::Params params(42);
    const models::Gpt model(params, {.symbols = 256, .length = length, .layers = 2, .heads = 4, .width = 64});
    nn::AdamW adam(params, {.lr = 3e-3});
    double loss_now = 0;
    for (Dim step = 1; step <= steps; ++step) {
        Ints input = Ints::from_shape({rows, length}), wanted = input;
        for (Dim i = 0; i < rows; ++i) {  // windows of the text, and the same windows one character later
            const std::size_t start = random() % (text.size() - length);
            for (Dim t = 0; t < length; ++t) {
                input(i, t) = symbol(start + static_cast<std::size_t>(t));
                wanted(i, t) = symbol(start + static_cast<std::size_t>(t) + 1);
            }
        }
        Tape tape;
        const Var loss = cross_entropy(model(input), wanted);
        tape.backward(loss);
        nn::clip_gradients(params, 1);
        adam.step();
        loss_now = loss.item();
        if (step == 1 || step % 100 == 0) std::printf("step %3d  loss %.3f\n", static_cast<int>(step), loss_now);
    }

    // A sample of five lines. Each character is drawn from the softmax of the logits, and is what the next step reads;
    // the cache holds the keys and values of those before it.
    for (int line = 0; line < 5; ++line) {
        Ints last = Ints::from_shape({1, 1});
        last(0, 0) = '\n';
        nn::StackCache cache;
        for (Dim t = 0; t < length && (t == 0 || last(0, 0) != '\n'); ++t) {
            const Var p = softmax(model.next(last, cache, t) / 0.8);  // below 1: what is likely becomes likelier
            last(0, 0) = std::discrete_distribution<int>(p.value().begin(), p.value().end())(random);
            std::putchar(static_cast<int>(last(0, 0)));
        }
        if (last(0, 0) != '\n') std::putchar('\n');
    }
    std::printf("%d parameters, loss %.3f\n", static_cast<int>(params.count()), loss_now);
    return loss_now < std::log(256) / 2 ? 0 : 1;  // half of what is lost by who knows nothing
}
