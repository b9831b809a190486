// A model of one's own, trained by heed's kit: progress, checkpoints, resume, logs, and a page of what its attention
// looked at. Usage: own_model FOLDER [--stop]; run again, it goes on.
#include <csignal>
#include <cstdio>
#include <string>
#include "../../snippets/recall.hpp"
#include <heed/heed.hpp>
#include <heed/nn/inspect/page/write.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/training/fit.hpp>

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const std::filesystem::path folder = argv[1];
    const bool resume = std::filesystem::exists(folder / "checkpoint.safetensors"), stop = argc > 2;
    nn::Params params(7);
    const Model model(params);
    nn::Adam adam(params, {.lr = 1e-2});
    training::FitOptions options{.folder = folder, .resume = resume, .steps = 400};
    options.progress.unit = "batches";
    const auto loss = [&](const Batch& b) {
        if (stop && adam.steps() == 150) std::raise(SIGTERM);  // as a user's ^C, for the test
        return cross_entropy(model(b), b.symbol);
    };
    const auto measure = [&] {
        const Batch b = batch_number(-1);
        const Ints predicted = argmax(model(b));
        double wrong = 0;
        for (Dim i = 0; i < 32; ++i) wrong += predicted(i) == b.symbol(i) ? 0 : 1;
        return training::Metrics{{"error", wrong / 32}};
    };
    const training::Outcome done = training::fit(options, params, adam, batch_number, loss, measure);
    std::printf("%d steps, best error %.5f at step %d\n", int(done.step), done.best, int(done.best_step));
    if (done.exit_code) return done.exit_code;

    const Batch b = batch_number(-2);
    std::vector<std::string> symbols;
    for (Dim t = 0; t < 8; ++t) symbols.push_back(std::to_string(b.text(0, t)));
    const Lenses lenses;
    model(b);
    const inspect::Page page = inspect::page_of(lenses, "Which symbol stands there?",
                                                {{.queries = {std::to_string(b.position(0))}, .keys = symbols}});
    inspect::write_html(folder / "looked.html", page);
    return done.best < 0.05 ? 0 : 1;
}
