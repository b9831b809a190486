// Which letter stands at a position of a text? A whole program: recall train, eval, predict, attend, compare.
#include <fmt/format.h>
#include <heed/heed.hpp>
#include <heed/nn/program/program.hpp>

namespace heed::recall {

constexpr Dim length = 8, batch = 32;
struct Options : program::RunOptions {
    Dim width = 32;
    double lr = 1e-2;
    void declare(training::Settings& s) {
        s.add("width", width, "of the states").within(1, program::most_width);
        s.add("lr", lr, "the highest learning rate").above(0);
        RunOptions::declare(s);
    }
};
struct Batch {
    Ints text, position, letter;
    Batch(Dim n, Dim size) : text(Ints::from_shape({size, length})), position(Ints::from_shape({size})), letter(Ints::from_shape({size})) {
        const RandomStream random(Key{1, static_cast<std::uint64_t>(n)}, 0);
        for (Dim i = 0; i < size * length; ++i) text.data()[i] = static_cast<Dim>(random.bits(static_cast<std::uint64_t>(i)) % 26);
        for (Dim i = 0; i < size; ++i) letter(i) = text(i, position(i) = text(i, 0) % length);
    }
};
struct Model {
    nn::Embedding letter, position;
    nn::AdditiveAttention attend;
    nn::Linear answer;
    Model(const nn::Params& p, Dim w)
        : letter(p / "letter", 26, w), position(p / "position", length, w), attend(p / "attend", w, w, w), answer(p / "answer", w, 26) {}
    Var operator()(const Batch& b) const { return answer(attend(position(b.position), attend.remember(letter(b.text) + position(arange(length))))); }
    double error() const {
        const Batch b(-1, 256);
        return 1 - static_cast<double>(mean(equal(Var(argmax(operator()(b))), Var(b.letter))).item());
    }
};

int train(Options o, const program::RunPlace& place) {
    const nn::Params params(o.seed);
    const Model model(params, o.width);
    nn::AdamW optimizer(params, {.lr = o.lr});
    return program::train(
        o, place, params, optimizer, nn::WarmupCosine{.peak = o.lr, .warmup = 20}, 1000, [&](Dim n) { return Batch(n, batch); },
        [&](const Batch& b) { return cross_entropy(model(b), b.letter); }, [&] { return training::Metrics{{"error", model.error()}}; });
}

struct Question : program::AttendOptions {
    Dim position = 0;
    void declare(training::Settings& s) {
        AttendOptions::declare(s, "text", "8 letters");
        s.add("position", position, "counted from 0").within(0, length - 1);
    }
    Batch read() const {
        if (input.size() != length) throw program::InputError("the text has not 8 letters");
        Batch b(0, 1);
        for (Dim t = 0; t < length; ++t) b.text(0, t) = std::clamp(input[static_cast<std::size_t>(t)] - 'a', 0, 25);
        b.position(0) = position;
        return b;
    }
};
struct Trained : nn::Params, Model {
    explicit Trained(const std::filesystem::path& folder) : Model(*this, program::read_options<Options>(folder).width) {
        training::load_best(folder, *this);
    }
};
int eval(const program::ModelOptions& o) { return fmt::print("error {:.4f}\n", Trained(o.folder).error()), 0; }
int predict(const Question& q) { return fmt::print("{}\n", static_cast<char>('a' + argmax(Trained(q.folder)(q.read()))(0))), 0; }
int attend(const Question& q) {
    const Lenses lenses;
    Trained(q.folder)(q.read());
    return program::write_attention(inspect::page_of(lenses, q.input), q);
}
}  // namespace heed::recall

int main(int argc, char** argv) {
    using namespace heed::recall;
    return heed::program::run(argc, argv, {"recall", "Which letter stands at a position?", {train, "learn it"}, {eval, "measure it"},
                                           {predict, "say a letter"}, {attend, heed::program::about_attend}});
}
