#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <thread>
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/core/utf8.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/common/run.hpp>
#include <heed/nn/training/compare.hpp>
#include <heed/nn/training/dry_run.hpp>
#include <heed/nn/training/find_rate.hpp>
#include <heed/nn/training/result.hpp>

namespace heed::examples {
namespace {
constexpr double default_minutes = 5;
const std::vector<std::string> nan_policies{"stop", "skip", "rollback"};
}  // namespace

void RunConfig::name(training::Fields& fields) {
    fields.add("seed", seed);
    fields.add("minutes", minutes).within(0).may_change().add("epochs", epochs).within(0).may_change().add("steps", steps).within(0).may_change();
    fields.add("clip", clip).within(0).add("accumulate", accumulate).within(1, most_rows).added_later(Dim{1});
    fields.add("on_nan", on_nan).one_of(nan_policies).added_later("stop").add("patience", patience).within(0).added_later(Dim{0});
    fields.add("overfit_one_batch", overfit_one_batch).added_later(false).add("bfloat16", bfloat16).added_later(false);
}

void add_run_flags(CLI::App& c, RunConfig& o, RunPlace& place) {
    c.add_option("--out", place.folder, "folder of the run")->capture_default_str();
    auto* minutes = c.add_option("--minutes", o.minutes,
                                 fmt::format("train about this long: fixes the steps from the speed of the first ones ({} unless given)",
                                             default_minutes));
    auto* epochs = c.add_option("--epochs", o.epochs, "train this often over the data");
    auto* steps = c.add_option("--steps", o.steps, "train this many steps");
    minutes->check(positive_number())->excludes(epochs)->excludes(steps);
    epochs->check(positive_number())->excludes(steps);
    steps->check(positive_integer());
    c.add_option("--seed", o.seed, "of the first weights, the order of the data and dropout")->capture_default_str();
    auto* resume = c.add_flag("--resume", place.resume, "go on with the run in --out, by its own configuration");
    c.add_flag("--changed-data", place.changed_data, "with --resume: go on although the data changed, with the run's vocabulary, classes and split")
        ->needs(resume);
    c.add_option("--config", place.config, "take all settings from this file, such as another run's config.json");
    c.add_option("--save-seconds", place.save_seconds, "between checkpoints")->check(positive_number())->capture_default_str();
    c.add_option("--keep", place.keep, "checkpoints of the last so many evaluations")->check(non_negative_integer())->capture_default_str();
    c.add_option("--clip", o.clip, "the gradients' norm is held to this")->check(positive_number())->capture_default_str();
    c.add_option("--accumulate", o.accumulate, "batches in a step")->check(positive_integer())->capture_default_str();
    c.add_option("--on-nan", o.on_nan, "a loss that is not finite: its origin is named, and then?")
        ->check(CLI::IsMember(nan_policies))
        ->capture_default_str();
    c.add_option("--patience", o.patience, "end after so many evaluations without a better one; 0: never")
        ->check(non_negative_integer())
        ->capture_default_str();
    c.add_flag("--overfit-one-batch", o.overfit_one_batch, "see the first batch in every step: a model that cannot learn it has a mistake");
    c.add_flag("--bfloat16", o.bfloat16, "round what matrix products of a step multiply: faster on processors with AVX512_BF16, a little less exact");
    auto* dry = c.add_flag("--dry-run", place.dry_run, "print the parameters, the layers' shapes and what a step takes; write nothing");
    auto* find = c.add_flag("--find-lr", place.find_rate, "raise the rate from step to step, draw the loss, and suggest a rate; write nothing");
    dry->excludes(resume)->excludes(find);
    find->excludes(resume);
}

int default_threads() { return static_cast<int>(std::max(1u, std::min(64u, std::thread::hardware_concurrency()))); }

void add_threads(CLI::App& c, int& threads) {
    c.add_option("--threads", threads, "threads; results do not depend on it")->check(CLI::Range(1, 1024))->capture_default_str();
}

void add_model(CLI::App& c, std::filesystem::path& folder) { c.add_option("--model", folder, "folder of a trained model")->required(); }

CLI::App* add_compare(CLI::App& program, std::vector<std::string>& runs) {
    CLI::App* c = program.add_subcommand("compare", "show two runs side by side: settings that differ, results, curves");
    c->add_option("folders", runs, "the folders of two runs")->required()->expected(2);
    return c;
}

int compare(const std::vector<std::string>& runs) {
    fmt::print("{}", training::compare_runs(runs.at(0), runs.at(1)));
    return exit_ok;
}

namespace {

// The settings that flags gave and that may differ from those of the file `from`; throws UsageError for others.
std::vector<std::string> changes_to(const std::filesystem::path& from, const CLI::App& command, const RunPlace& place,
                                    const training::Fields& fields) {
    constexpr std::array free{"--resume", "--changed-data", "--config", "--out", "--threads", "--save-seconds", "--keep", "--dry-run", "--find-lr",
                              "--strict"};
    constexpr std::array length{"steps", "minutes", "epochs"};
    std::vector<std::string> changes;
    for (const CLI::Option* option : command.get_options()) {
        const std::string flag = option->get_name();
        if (option->count() == 0 || std::find(free.begin(), free.end(), flag) != free.end()) continue;
        std::string name = flag.substr(2);
        std::replace(name.begin(), name.end(), '-', '_');
        if (!fields.may_change(name))
            throw UsageError(fmt::format("{} cannot be given with {}: all settings are those of {}, but for the length of the run and where its data "
                                         "lie. To train with another one, copy that file, edit the copy, and begin a new run by --config COPY --out "
                                         "ANOTHER",
                                         flag, place.resume ? "--resume" : "--config", from.string()));
        if (std::find(length.begin(), length.end(), name) == length.end()) changes.push_back(name);
        else changes.insert(changes.end(), length.begin(), length.end());  // it is one of them
    }
    return changes;
}

}  // namespace

void settle(const CLI::App& command, RunConfig& config, const RunPlace& place, const training::Fields& fields) {
    if (place.resume && !place.config.empty()) throw UsageError("--resume goes on by the run's own configuration; --config cannot be given with it");
    if (place.resume || !place.config.empty()) {
        const std::filesystem::path from = place.resume ? place.folder / "config.json" : place.config;
        const std::vector<std::string> changes = changes_to(from, command, place, fields);
        if (place.resume) training::RunFolder::config_of(place.folder);
        fields.load(from, changes);
    }
    if (config.minutes == 0 && config.epochs == 0 && config.steps == 0) config.minutes = default_minutes;
    if (auto broken = fields.not_utf8()) {
        auto& [name, text] = *broken;
        std::ranges::replace(name, '_', '-');
        throw UsageError(fmt::format("--{} {} is not UTF-8, as what config.json holds has to be; rename it, or give a link to it", name,
                                     utf8::in_quotes(text)));
    }
}

training::RunFolder open_folder(const RunPlace& place) {
    using Use = training::RunFolder::Use;
    return {place.folder, place.trial() ? Use::none : place.resume ? Use::resume : Use::fresh};
}

training::FitOptions fit_options(const RunConfig& config, const RunPlace& place, Dim per_epoch, const training::Fields& fields) {
    training::FitOptions o;
    o.folder = place.folder;
    o.resume = place.resume;
    o.config = fields.json();
    o.identity = fields.identity();
    o.minutes = config.minutes;
    o.steps = config.steps;
    if (config.epochs > 0) {
        const double batches = config.epochs * static_cast<double>(per_epoch);
        o.steps = std::max<Dim>(1, static_cast<Dim>(std::llround(batches / static_cast<double>(config.accumulate))));
    }
    using training::OnNan;
    o.step = {.seed = config.seed,
              .accumulate = config.accumulate,
              .clip = config.clip,
              .on_nan = config.on_nan == "skip" ? OnNan::skip : config.on_nan == "rollback" ? OnNan::rollback : OnNan::stop,
              .one_batch = config.overfit_one_batch,
              .bfloat16 = config.bfloat16};
    o.save_seconds = place.save_seconds;
    o.keep = place.keep;
    o.patience = config.patience;
    return o;
}

int try_out(const RunPlace& place, const training::FitOptions& options, const nn::Params& params, nn::Optimizer& optimizer,
            const training::LossOf& loss) {
    if (place.find_rate) {
        fmt::print("{}", to_text(training::find_rate(params, optimizer, loss, options.step)));
        return exit_ok;
    }
    const training::DryRun dry = training::dry_run(params, optimizer, loss, options.step, options.ema);
    fmt::print("{}\n{}{:.0f} {} in a step; {} parameters; nothing was written\n", params.summary(), to_text(dry), dry.step.units,
               options.progress.unit, params.count());
    return exit_ok;
}

void save_result(const RunPlace& place, const RunConfig& config, const nn::Params& params, const training::Outcome& done, std::string metric,
                 double value, training::Record more) {
    more.insert(more.begin(), {"cpu_seconds", done.cpu_seconds});
    training::write_result(place.folder / "result.json", {.metric = std::move(metric),
                                                          .value = value,
                                                          .seconds = done.seconds,
                                                          .parameters = params.count(),
                                                          .seed = config.seed,
                                                          .threads = threads(),
                                                          .version = HEED_VERSION,
                                                          .extra = std::move(more)});
}

int report_stop(const training::Outcome& done, const RunPlace& place) {
    fmt::print(stderr, "stopped after step {}; saved. Go on with --resume --out {}\n", done.step, place.folder.string());
    return done.exit_code;
}

}  // namespace heed::examples
