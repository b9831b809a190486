#pragma once
// What the trainers' commands have in common: the settings of a run, their flags, what fit() is told of them, and how a run begins and ends.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/nn/training/fields.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/folder.hpp>

namespace CLI {
class App;
}

namespace heed::examples {

// What a configuration may ask for, beside what its program can do.
inline constexpr double most_rows = 1 << 20, most_width = 1 << 14, most_layers = 1 << 10;

// A part of a program's settings: it decides what comes out, and is written to the run's folder.
struct RunConfig {
    std::uint64_t seed = 1;
    double minutes = 0;  // what was asked for, one of three; 0 where it was not
    double epochs = 0;
    Dim steps = 0;
    double clip = 1;
    Dim accumulate = 1;
    std::string on_nan = "stop";
    Dim patience = 0;
    bool overfit_one_batch = false;
    bool bfloat16 = false;
    void name(training::Fields& fields);
};

// Where and how it runs: changes no number.
struct RunPlace {
    std::filesystem::path folder = {};
    bool resume = false;                // go on from the folder's checkpoint, by the configuration found there
    bool changed_data = false;          // ... also with other data than those that the run began with
    std::filesystem::path config = {};  // take the settings from this file
    double save_seconds = 60;           // between checkpoints
    Dim keep = 0;                       // checkpoints of the last so many evaluations
    bool dry_run = false;               // say what a step is made of and takes, or
    bool find_rate = false;             // which rate to learn at, and write nothing
    bool trial() const { return dry_run || find_rate; }
};

void add_run_flags(CLI::App& command, RunConfig& config, RunPlace& place);
int default_threads();  // as many as the machine runs at once, at most 64
void add_threads(CLI::App& command, int& threads);
void add_model(CLI::App& command, std::filesystem::path& folder);  // required: --model, of a trained one
CLI::App* add_compare(CLI::App& program, std::vector<std::string>& runs);  // the sub-command; two folders
int compare(const std::vector<std::string>& runs);                         // prints compare_runs()

// With --resume and --config the settings are those of a file, but for those that may change: the length of a run, and where its data lie. Throws
// UsageError for a flag that would change another, saying what to do instead, and FileError for a file that is none. Without a file, a run of
// five minutes where no length was given. A name of a file that is not UTF-8 is a UsageError, too.
void settle(const CLI::App& command, RunConfig& config, const RunPlace& place, const training::Fields& fields);

// The settings of the run in `folder`; throws FileError, IoError.
template <class Config>
Config read_config(const std::filesystem::path& folder) {
    Config config;
    config.fields().load(folder / "config.json");
    return config;
}

// The folder, locked for this run: a fresh one, or the one to go on in; none for a trial. Throws as RunFolder does.
training::RunFolder open_folder(const RunPlace& place);

// `per_epoch`: batches in one; `fields`: all settings.
training::FitOptions fit_options(const RunConfig& config, const RunPlace& place, Dim per_epoch, const training::Fields& fields);

// The trial that `place` asks for, printed; returns the exit code. What training::fit() is given, but for metrics: a trial takes none.
HEED_ABI int try_out(const RunPlace& place, const training::FitOptions& options, const nn::Params& params, nn::Optimizer& optimizer,
                     const training::LossOf& loss);
template <class BatchOf, class LossOfBatch>
int try_out(const RunPlace& place, const training::FitOptions& options, const nn::Params& params, nn::Optimizer& optimizer, BatchOf batch,
            LossOfBatch loss) {
    return try_out(place, options, params, optimizer, training::LossOf([&](Dim n) { return training::Loss(loss(batch(n))); }));
}

// Writes the run's result.json: the metric, what every run tells of itself, and then `more`. Throws as training::write_result does.
HEED_ABI void save_result(const RunPlace& place, const RunConfig& config, const nn::Params& params, const training::Outcome& done, std::string metric,
                          double value, training::Record more);

// Says how to go on with a run that a signal stopped; returns the exit code.
int report_stop(const training::Outcome& done, const RunPlace& place);

}  // namespace heed::examples
