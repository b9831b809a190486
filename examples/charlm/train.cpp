#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/nn/muon.hpp>
#include <heed/examples/charlm/folder.hpp>
#include <heed/examples/charlm/score.hpp>
#include <heed/examples/charlm/train.hpp>

namespace heed::charlm {

int train(Config config, const examples::RunPlace& place) {
    const training::RunFolder folder = examples::open_folder(place);
    const std::string text = read_text(config.data);
    const Alphabet alphabet(text);
    const Split data = split(alphabet.encode(text, config.data));
    const Dim n = static_cast<Dim>(data.train.size()), block = config.block;
    if (n <= block || static_cast<Dim>(data.held_out.size()) <= block)
        throw FileError(fmt::format("{}: {} characters, a tenth of them held out, are too few for windows of {}; give more text or a smaller --block",
                                    config.data, n + static_cast<Dim>(data.held_out.size()), block));
    const ModelOptions options{alphabet.size(), config.width, config.layers, config.heads, config.dropout};
    const nn::Params params(config.seed);
    const Model model(params, options);
    nn::Muon muon(params, {.adam = {.lr = config.lr, .beta2 = 0.99, .decay = config.decay}, .rms = 0.5, .but = {"table"}});
    examples::save_config(place, config.fields());
    fmt::print(stderr, "{} characters to train on, {} held out, {} different ones; {} parameters; {} threads\n", n, data.held_out.size(),
               alphabet.size(), params.count(), threads());

    training::FitOptions fit = examples::fit_options(config, place, n / (config.batch * block) + 1, config.fields());
    fit.progress.unit = "characters";
    fit.rate = examples::warmup_cosine(config.lr, config.warmup, 0.02);
    constexpr Dim dev_windows = 1000;  // for the curve
    const auto evaluate = [&] {
        const double nats = measure(model, data.held_out, block, block, dev_windows).mean();
        return training::Metrics{{"nats", nats}, {"bits", nats / std::numbers::ln2}};
    };
    const auto batch = [&](Dim i) { return random_windows(data.train, config.batch, block, config.seed, i); };
    const auto loss = [&](const Windows& w) { return training::Loss(model.loss(w.text, w.next), static_cast<double>(count(w.text))); };
    if (place.trial()) return examples::try_out(place, fit, params, muon, batch, loss);
    const training::Outcome done = training::fit(fit, params, muon, batch, loss, evaluate);
    if (done.exit_code != 0) return examples::report_stop(done, place);
    save_model(place.folder, params, options, alphabet, block);
    const Score score = measure(model, data.held_out, block, block, std::numeric_limits<Dim>::max());
    fmt::print("{} held-out characters: {:.4f} nats, {:.4f} bits a character\nmodel: {}\n", score.characters, score.mean(),
               score.mean() / std::numbers::ln2, place.folder.string());
    examples::save_result(place, config, params, done, "nats", score.mean(),
                          {{"characters", std::int64_t{score.characters}},
                           {"steps", std::int64_t{done.step}},
                           {"data", config.data}});
    return 0;
}

}  // namespace heed::charlm
