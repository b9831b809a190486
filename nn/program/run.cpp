// How a training run begins and ends.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/version.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/run.hpp>
#include <heed/nn/training/dry_run.hpp>
#include <heed/nn/training/find_rate.hpp>
#include <heed/nn/training/run/result.hpp>

namespace heed::program {

training::RunFolder open_folder(const Launch& launch) {
    using Use = training::RunFolder::Use;
    const Use use = launch.trial() ? Use::none : launch.resume ? Use::resume : Use::fresh;
    std::optional<training::RunFolder> folder;
    launch.group().together([&] { folder.emplace(launch.folder, launch.group().leads() ? use : Use::none); });
    return std::move(*folder);
}

training::FitOptions fit_options(const RunOptions& options, const Launch& launch, Dim per_epoch,
                                 const training::Settings& settings) {
    training::FitOptions o;
    o.folder = launch.folder;
    o.resume = launch.resume;
    o.config = settings.json();
    o.identity = settings.identity();
    o.minutes = options.minutes;
    o.steps = options.steps;
    if (options.epochs > 0) {
        const double batches = options.epochs * static_cast<double>(per_epoch);
        o.steps = std::max<Dim>(1, static_cast<Dim>(std::llround(batches / static_cast<double>(options.accumulate))));
    }
    using training::OnNan;
    o.step = {.seed = options.seed,
              .accumulate = options.accumulate,
              .clip = options.clip,
              .on_nan = options.on_nan == "skip"       ? OnNan::skip
                        : options.on_nan == "rollback" ? OnNan::rollback
                                                       : OnNan::stop,
              .one_batch = options.overfit_one_batch,
              .bfloat16 = options.bfloat16};
    o.shards = options.parts();
    o.world = launch.world;
    o.save_seconds = launch.save_seconds;
    o.keep = launch.keep;
    o.patience = options.patience;
    return o;
}

int run_trial(const Launch& launch, const training::FitOptions& options, const nn::Params& params,
              nn::Optimizer& optimizer, const training::LossOf& loss) {
    if (!launch.group().leads()) return exit_ok;
    if (launch.find_rate) {
        fmt::print("{}", to_text(training::find_rate(params, optimizer, loss, options.step, {}, options.shards)));
        return exit_ok;
    }
    const training::DryRun dry = training::dry_run(params, optimizer, loss, options.step, options.ema, options.shards);
    fmt::print("{}\n{}{:.0f} {} in a step; {} parameters; nothing was written\n", params.summary(), to_text(dry),
               dry.step.units, options.progress.unit, params.count());
    return exit_ok;
}

void save_result(const Launch& launch, const RunOptions& options, const nn::Params& params,
                 const training::Outcome& done, std::string metric, double value, training::Record more) {
    more.insert(more.begin(), {"cpu_seconds", done.cpu_seconds});
    const training::Result result{.metric = std::move(metric),
                                  .value = value,
                                  .seconds = done.seconds,
                                  .parameters = params.count(),
                                  .seed = options.seed,
                                  .threads = threads(),
                                  .version = HEED_VERSION,
                                  .extra = std::move(more)};
    launch.group().by_leader([&] { training::write_result(launch.folder / "result.json", result); });
}

void save_result(const Launch& launch, const RunOptions& options, const nn::Params& params,
                 const training::Outcome& done, const training::Metrics& metrics, training::Record more) {
    training::Record values{{"steps", std::int64_t{done.step}}};
    for (const auto& [name, value] : metrics)
        if (name != metrics.front().first) values.emplace_back(name, value);
    more.insert(more.begin(), values.begin(), values.end());
    save_result(launch, options, params, done, metrics.front().first, metrics.front().second, std::move(more));
}

bool has_model(const Launch& launch) {
    return launch.resume && std::filesystem::exists(training::model_path(launch.folder));
}

namespace {

bool was_done(const training::Outcome& done, const Launch& launch, bool has_result) {
    // Some runs of earlier versions left no model but only the best weights.
    const bool has_best = has_result && std::filesystem::exists(launch.folder / "best.safetensors");
    if (!launch.resume || done.step != done.resumed_at || !(has_model(launch) || has_best)) return false;
    const std::filesystem::path path = launch.folder / "result.json";
    const auto result =
        training::from_json(std::filesystem::exists(path) ? io::read_text(path.string(), std::uint64_t{1} << 20) : "");
    const training::Value* steps = result ? training::find(*result, "steps") : nullptr;
    if (has_result && (!steps || *steps != training::Value(std::int64_t{done.step})))
        return false;  // of an earlier end, or not written any more
    fmt::print(
        "the run in {} ended after step {}: there is nothing to do. --resume --steps N (or --minutes, --epochs) makes "
        "it longer\n",
        launch.folder.string(), done.step);
    return true;
}

}  // namespace

bool is_done(const training::Outcome& done, const Launch& launch, bool has_result) {
    double found = 0;
    launch.group().by_leader([&] { found = was_done(done, launch, has_result) ? 1 : 0; });
    return launch.group().of_leader(found) != 0;
}

int report_stop(const training::Outcome& done, const Launch& launch) {
    if (launch.group().leads())
        fmt::print(stderr, "stopped after step {}; saved. Continue with --resume --out {}\n", done.step,
                   launch.folder.string());
    return done.exit_code;
}

}  // namespace heed::program
