// Which letter stands at a position of a text? A whole program: recall train, eval, predict, attend, compare.
#include <fmt/format.h>
#include <heed/heed.hpp>
#include <heed/nn/program/program.hpp>

using namespace heed;
constexpr Dim length = 8;

struct Batch {
    Ints text, position, letter;
    Batch(Dim n, Dim b) : text(Ints::from_shape({b, length})), position(Ints::from_shape({b})), letter(position) {
        const RandomStream random(Key{1, static_cast<std::uint64_t>(n)}, 0);
        for (std::uint64_t i = 0; i < text.size(); ++i) text.data()[i] = static_cast<Dim>(random.bits(i) % 26);
        for (Dim i = 0; i < b; ++i) letter(i) = text(i, position(i) = text(i, 0) % length);
    }
};
struct Model {
    struct Options {
        Dim width = 32;
        void declare(training::Settings& s) { s.add("width", width, "of the states").within(1, program::most_width); }
    };
    static constexpr const char* program = "recall";
    nn::Embedding letter, position;
    nn::AdditiveAttention attend;
    nn::Linear answer;
    Model(const nn::Params& p, const Options& o)
        : letter(p / "letter", 26, o.width), position(p / "position", length, o.width),
          attend(p / "attend", o.width, o.width, o.width), answer(p / "answer", o.width, 26) {}
    Var operator()(const Batch& b) const {
        return answer(attend(position(b.position), attend.remember(letter(b.text) + position(arange(length)))));
    }
    double error(const Batch& b = {-1, 256}) const {
        return 1 - static_cast<double>(mean(equal(Var(argmax(operator()(b))), Var(b.letter))).item());
    }
};
struct Options : program::RunOptions {
    Model::Options model;
    double lr = 1e-2;
    void declare(training::Settings& s) {
        model.declare(s);
        s.add("lr", lr, "the highest learning rate").above(0);
        RunOptions::declare(s);
    }
};
int train(Options o, const program::Launch& launch) {
    const nn::Params params(o.seed);
    const Model model(params, o.model);
    nn::AdamW adam(params, {.lr = o.lr});
    return program::train<Model>(
        o, launch, params, adam, nn::WarmupCosine{.peak = o.lr, .warmup = 20}, 1000, [](Dim n) { return Batch(n, 32); },
        [&](const Batch& b) { return cross_entropy(model(b), b.letter); },
        [&] { return training::Metrics{{"error", model.error()}}; });
}
struct Question : program::AttendOptions {
    Dim position = 0;
    void declare(training::Settings& s) {
        AttendOptions::declare(s, "text", "8 letters");
        s.add("position", position, "counted from 0").within(0, length - 1);
    }
    char answer() const {
        if (input.size() != length) throw program::InputError("the text has not 8 letters");
        Batch b(0, 1);
        for (Dim t = 0; t < length; ++t) b.text(0, t) = std::clamp(input[static_cast<std::size_t>(t)] - 'a', 0, 25);
        b.position(0) = position;
        return static_cast<char>('a' + argmax(training::open_model<Model>(folder).model(b))(0));
    }
};
double error_of(const std::string& folder) { return training::open_model<Model>(folder).model.error(); }
int eval(const program::CommandOptions& o) { return fmt::print("error {:.4f}\n", error_of(o.folder)), 0; }
int predict(const Question& q) { return fmt::print("{}\n", q.answer()), 0; }
int attend(const Question& q) {
    const Lenses lenses;
    q.answer();
    return program::write_attention(inspect::page_of(lenses, q.input), q);
}

int main(int argc, char** argv) {
    return program::run(argc, argv, {"recall", "A letter by its position.", {train, "learn it"}, {eval, "measure it"},
                                     {predict, "say a letter"}, {attend, program::about_attend}});
}
