#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/frames/audio.hpp>
#include <heed/examples/frames/fsdd.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/nn/training/result.hpp>

namespace heed::frames {
namespace {

// Its own part of a clip's stream, so that what one change draws moves no other.
RandomStream part(const RandomStream& random, std::uint64_t which) { return RandomStream(Key{random.base(), which}, 0); }

}  // namespace

std::vector<float> load_clip(const std::string& path) {
    const Clip clip = read_audio(path);
    for (const std::string& warning : clip.warnings) fmt::print(stderr, "warning: {}: {}\n", path, warning);
    std::vector<float> samples = resample(clip.samples, clip.rate, rate);
    float loudest = 1e-4f;
    for (const float x : samples) loudest = std::max(loudest, std::abs(x));
    for (float& x : samples) x /= loudest;
    return samples;
}

Data read_data(const Config& config) {
    Data data;
    for (const Recording& r : read_fsdd(config.data)) {
        const bool kept_back = config.leave.empty() ? r.index >= config.dev_index : r.speaker == config.leave;
        (kept_back ? data.dev : data.train).push_back({load_clip(r.path), r.digit});
    }
    const std::string what = config.leave.empty() ? fmt::format("index {} or more", config.dev_index) : fmt::format("speaker '{}'", config.leave);
    if (data.dev.empty()) throw FileError(fmt::format("{}: holds no recordings of {} to measure by", config.data, what));
    if (data.train.empty()) throw FileError(fmt::format("{}: holds recordings of {} only, and none to learn from", config.data, what));
    return data;
}

Array Batcher::features_of(const Spoken& clip, const RandomStream* random) {
    std::vector<float> samples = clip.samples;
    if (random) {
        samples = resample(samples, rate * std::exp(config_.speed * (2 * part(*random, 0).uniform(0) - 1)), rate);
        const RandomStream noise = part(*random, 1);
        const double level = config_.noise * std::pow(0.01, noise.uniform(0));  // quiet as often as loud
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += static_cast<float>(level * (2 * noise.uniform(i + 1) - 1));
    }
    const auto most = static_cast<std::size_t>(mel_.window() + (config_.model.longest - 1) * mel_.step());
    if (samples.size() > most) samples.resize(most);
    Array x = mel_(samples);
    normalise_bands(x);
    if (random) spec_augment(x, config_.masks(), part(*random, 2));
    return x;
}

Batch Batcher::of(const std::vector<const Spoken*>& clips, const RandomStream* random) {
    const auto n = static_cast<Dim>(clips.size());
    std::vector<Array> all;
    Dim longest = 0;
    for (std::size_t i = 0; i < clips.size(); ++i) {
        const RandomStream own = random ? part(*random, 3 + i) : RandomStream();
        all.push_back(features_of(*clips[i], random ? &own : nullptr));
        longest = std::max(longest, Dim{all.back().shape()[0]});
    }
    Batch batch{filled({n, longest, config_.model.bands}, 0), Ints::from_shape({n}), Ints::from_shape({n})};
    for (Dim i = 0; i < n; ++i) {
        const Array& x = all[static_cast<std::size_t>(i)];
        std::copy_n(x.storage().data(), count(x), batch.features.data() + i * longest * config_.model.bands);
        batch.lengths.data()[i] = x.shape()[0];
        batch.digits.data()[i] = clips[static_cast<std::size_t>(i)]->digit;
    }
    return batch;
}

double accuracy(const Model& model, const std::vector<Spoken>& clips, const Config& config) {
    Batcher batcher(config);
    Dim right = 0;
    constexpr std::size_t at_once = 64;
    for (std::size_t from = 0; from < clips.size(); from += at_once) {
        std::vector<const Spoken*> some;
        for (std::size_t i = from; i < std::min(from + at_once, clips.size()); ++i) some.push_back(&clips[i]);
        const Batch batch = batcher.of(some);
        const Ints said = argmax(model(batch.features, batch.lengths));
        for (Dim i = 0; i < count(said); ++i) right += said(i) == batch.digits(i);
    }
    return static_cast<double>(right) / static_cast<double>(clips.size());
}

int train(Config config, const examples::RunPlace& place) {
    const training::RunFolder folder = examples::open_folder(place);
    const Data data = read_data(config);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    examples::save_config(place, config.fields());
    nn::AdamW adam(params, {.lr = config.lr, .beta2 = 0.99, .decay = config.decay});
    nn::Ema ema(params, {.decay = config.ema});
    std::vector<training::BatchOrder::Lengths> lengths;
    for (const Spoken& clip : data.train) lengths.emplace_back(static_cast<Dim>(clip.samples.size()), 0);
    const training::BatchOrder order(lengths, {.batch = config.batch, .seed = config.seed});
    fmt::print(stderr, "{} recordings to train on, {} dev; {} parameters; {} threads\n", data.train.size(), data.dev.size(), params.count(),
               threads());

    training::FitOptions fit = examples::fit_options(config, place, order.per_epoch(), config.fields());
    fit.rate = examples::warmup_cosine(config.lr, config.warmup, 0.005);
    fit.ema = &ema;
    fit.higher_is_better = true;
    fit.progress.unit = "clips";
    Batcher batcher(config);
    const auto batch = [&](Dim n) {
        std::vector<const Spoken*> clips;
        for (const std::size_t i : order.at(n)) clips.push_back(&data.train[i]);
        const RandomStream random(Key{config.seed, static_cast<std::uint64_t>(n)}, hash_text("frames/augment"));
        return batcher.of(clips, &random);
    };
    const auto loss = [&](const Batch& b) {
        const Var logits = model(b.features, b.lengths);
        return training::Loss(cross_entropy(logits, b.digits, {.smoothing = config.smoothing}), static_cast<double>(count(b.digits)));
    };
    const auto evaluate = [&] { return training::Metrics{{"accuracy", accuracy(model, data.dev, config)}}; };
    if (place.trial()) return examples::try_out(place, fit, params, adam, batch, loss);
    const training::Outcome done = training::fit(fit, params, adam, batch, loss, evaluate);
    if (done.exit_code != 0) return examples::report_stop(done, place);
    const double last = [&] {  // what a run of this length gives; the best of its evaluations flatters
        const nn::Ema::Use averaged(ema);
        return accuracy(model, data.dev, config);
    }();
    fmt::print("{} dev recordings{}: {:.2f} % right; {:.2f} % by the weights after step {}, which are kept\nmodel: {}\n", data.dev.size(),
               config.leave.empty() ? "" : fmt::format(" of {}", config.leave), 100 * last, 100 * done.best, done.best_step, place.folder.string());
    training::write_result(place.folder / "result.json", {.metric = "accuracy",
                                                          .value = last,
                                                          .seconds = done.seconds,
                                                          .parameters = params.count(),
                                                          .seed = config.seed,
                                                          .threads = threads(),
                                                          .version = HEED_VERSION,
                                                          .extra = {{"cpu_seconds", done.cpu_seconds},
                                                                    {"best", done.best},
                                                                    {"best_step", std::int64_t{done.best_step}},
                                                                    {"leave", config.leave},
                                                                    {"steps", std::int64_t{done.step}},
                                                                    {"data", config.data}}});
    return 0;
}

}  // namespace heed::frames
