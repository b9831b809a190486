// The code of docs/use/first_program.md, run and checked. The second argument: a folder for the run.
#include <cstdio>
#include <filesystem>
#include <heed/core/xt.hpp>
#include <heed/heed.hpp>
#include <heed/nn/training/dry_run.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/tests/snippets/recall.hpp>
#include <heed/tests/snippets/signs.hpp>

// [run]
training::Outcome run(const std::filesystem::path& folder, Dim steps) {
    const nn::Params params(7);
    const Model model(params);
    nn::AdamW adam(params, {.lr = 1e-2});
    training::FitOptions options{
        .folder = folder,
        .resume = std::filesystem::exists(folder / "checkpoint.safetensors"),
        .config = R"({"width": 32, "lr": 0.01})",  // what was asked for: another run's checkpoint is refused
        .steps = steps,                            // or .minutes
        .rate = nn::WarmupCosine{.peak = 1e-2, .warmup = 20},
        .step = {.clip = 1},
        .evaluate_every = 100,
    };
    options.progress.unit = "texts";
    const auto loss = [&](const Batch& b) { return training::Loss(cross_entropy(model(b), b.symbol), 32); };
    const auto measure = [&] {  // the first metric decides which weights are the best
        const Batch held_out = batch_number(-1);
        return training::Metrics{{"error", 1 - mean(equal(Var(argmax(model(held_out))), Var(held_out.symbol))).item()}};
    };
    const training::Outcome done = training::fit(options, params, adam, batch_number, loss, measure);
    if (done.exit_code == 0) training::load_best(folder, params);
    return done;
}
// [end]

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 2 ? argv[2] : "first_program";
    std::filesystem::remove_all(folder);
    const training::Outcome first = run(folder, 300), longer = run(folder, 400);
    std::printf("resumed at step %d, ended at step %d, error %.3f at step %d\n", int(longer.resumed_at),
                int(longer.step), longer.best, int(longer.best_step));
    for (const char* name : {"checkpoint.safetensors", "best.safetensors", "log.jsonl", "config.json"})
        if (!std::filesystem::exists(folder / name)) return std::printf("no %s\n", name), 1;
    // [own]
    const nn::Params params(7);
    const Model model(params);
    Signs signs(params, 2e-3);
    const auto loss = [&](const Batch& b) { return cross_entropy(model(b), b.symbol); };
    const auto measure = [&] { return training::Metrics{{"nats", loss(batch_number(-1)).item()}}; };
    const training::FitOptions options{.folder = folder / "signs", .steps = 400};
    const training::Outcome own = training::fit(options, params, signs, batch_number, loss, measure);
    // [dry]
    const auto loss_of = [&](Dim n) { return training::Loss(loss(batch_number(n))); };
    std::printf("%s", training::to_text(training::dry_run(params, signs, loss_of, {})).c_str());
    // [end]
    std::printf("own optimiser: loss %.3f\n", own.best);
    const bool lengths = first.step == 300 && longer.resumed_at == 300 && longer.step == 400;
    return lengths && longer.best < 0.05 && own.best < 0.2 ? 0 : 1;
}
