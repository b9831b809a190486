// A model of one's own, trained by heed's kit: progress, checkpoints, resume, logs. Usage: own_model FOLDER [--stop]; run again, it goes on.
#include <csignal>
#include <cstdio>
#include <string>
#include <heed/heed.hpp>
#include <heed/nn/training/fit.hpp>

using namespace heed;

struct Batch {
    Array x = Array::from_shape({32, 2}), y = Array::from_shape({32, 1});  // y = x0 x1
};
Batch batch_number(Dim n) {
    Batch b;
    const RandomStream random(Key{1, static_cast<std::uint64_t>(n)}, 0);
    for (Dim i = 0; i < 32; ++i) {
        for (Dim j = 0; j < 2; ++j) b.x(i, j) = static_cast<Real>(2 * random.uniform(static_cast<std::uint64_t>(2 * i + j)) - 1);
        b.y(i, 0) = b.x(i, 0) * b.x(i, 1);
    }
    return b;
}

struct Model {
    nn::Linear first, second;
    explicit Model(const nn::Params& p) : first(p / "first", 2, 32), second(p / "second", 32, 1) {}
    Var loss(const Batch& b) const { return mse_loss(second(tanh(first(b.x))), b.y); }
};

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const bool resume = std::filesystem::exists(std::filesystem::path(argv[1]) / "checkpoint.safetensors"), stop = argc > 2;
    nn::Params params(7);
    const Model model(params);
    nn::Adam adam(params, {.lr = 1e-2});
    training::FitOptions options{.folder = argv[1], .resume = resume, .steps = 400};
    options.progress.unit = "batches";
    std::filesystem::create_directories(options.folder);
    const auto loss = [&](const Batch& b) {
        if (stop && adam.steps() == 150) std::raise(SIGTERM);  // as a user's ^C, for the test
        return model.loss(b);
    };
    const auto evaluate = [&] { return training::Metrics{{"error", static_cast<double>(model.loss(batch_number(-1)).item())}}; };
    const training::Outcome done = training::fit(options, params, adam, batch_number, loss, evaluate);
    std::printf("%d steps, best error %.5f at step %d\n", int(done.step), done.best, int(done.best_step));
    return done.exit_code ? done.exit_code : done.best < 0.01 ? 0 : 1;
}
