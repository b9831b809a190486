#pragma once
// The settings that every training run has, and where it runs.
#include <filesystem>
#include <string>
#include <heed/core/real.hpp>
#include <heed/nn/distributed/world.hpp>
#include <heed/nn/training/settings/settings.hpp>

namespace heed::program {

// What a configuration may ask for at most, beside what its program can do.
inline constexpr double most_rows = 1 << 20, most_width = 1 << 14, most_layers = 1 << 10;

// A program's settings of `train` derive from it. They decide what comes out, and are written to the run's folder.
struct RunOptions {
    std::uint64_t seed = 1;
    double minutes = 0;  // what was asked for, one of three; 0 where it was not
    double epochs = 0;
    Dim steps = 0;
    double clip = 1;
    Dim accumulate = 1;
    Dim shards = 1;
    Dim stretches = 1;  // of each sequence, which are shards; above 1 in programs alone that have it as a setting
    std::string on_nan = "stop";
    Dim patience = 0;
    bool overfit_one_batch = false;
    bool bfloat16 = false;
    std::string task = {};  // of a program that has several
    void declare(training::Settings& s);
    Dim parts() const { return shards * stretches; }  // of a step, which processes share; one of the two is 1
};

// A setting of programs whose model takes stretches.
inline void declare_stretches(training::Settings& s, Dim& stretches) {
    s.add("stretches", stretches,
          "cut each window into so many stretches, a power of two: a process that mpirun starts holds its own alone")
        .within(1, most_rows)
        .added_later(Dim{1});
}

// Where and how it runs: changes no value that is computed.
struct Launch {
    training::Group* world = nullptr;  // the processes that mpirun started, where there are several
    std::filesystem::path folder = {};
    bool resume = false;                // continue from the folder's checkpoint, with the configuration found there
    bool changed_data = false;          // ... also with other data than those that the run began with
    std::filesystem::path config = {};  // take the settings from this file
    double patience_seconds = distributed::World::usual_patience;  // after which a silent process is lost
    double save_seconds = 60;                                      // between checkpoints
    Dim keep = 0;                                                  // checkpoints of the last so many evaluations
    std::filesystem::path prepared = {};  // where prepared data are kept; none: beside the run, where they are large
    bool dry_run = false;                 // print the parts of a step and what it takes, or
    bool find_rate = false;               // a learning rate, and write nothing
    training::Group& group() const { return training::group_of(world); }
    bool trial() const { return dry_run || find_rate; }
    void declare(training::Settings& s);
};

// What the commands that use a trained model derive theirs from.
struct CommandOptions {
    std::filesystem::path folder = {};
    void declare(training::Settings& s) { s.add("model", folder, "folder of a trained model").required(); }
};

// Where prepared data are kept: a setting of `train`, and of commands that read its data again.
void declare_prepared(training::Settings& s, std::filesystem::path& folder);

// How many held-out examples are measured while training; `before`: as many as before there was this setting.
inline void declare_eval_examples(training::Settings& s, Dim& examples, Dim before) {
    s.add("eval_examples", examples, "held-out examples that are measured while training; 0: all, as at the end")
        .within(0)
        .added_later(before);
}

// Of a rate that rises in a line, and then falls.
inline void declare_rate(training::Settings& s, double& lr, Dim& warmup) {
    s.add("lr", lr, "the highest learning rate").above(0);
    s.add("warmup", warmup, "steps in which it rises").within(0);
}

// The sizes of a stack of Transformer layers. `name`: the flag of the width; `states` and `place`: what has this width,
// and where the layers are, for --help; `note` is added to what --help says of the layers and heads.
inline void declare_stack(training::Settings& s, const std::string& name, Dim& width, const std::string& states,
                          Dim& layers, const std::string& place, Dim& heads, const std::string& note = {}) {
    s.add(name, width, states).within(1, most_width);
    s.add("layers", layers, place + note).within(1, most_layers);
    s.add("heads", heads, (name == "width" ? "a divisor of the width" : "a divisor of --" + name) + note)
        .within(1, most_width);
}

inline void declare_dropout(training::Settings& s, double& dropout) {
    s.add("dropout", dropout, "probability").within(0, 0.99);
}

// The settings of the run in `folder`; throws FileError, IoError.
template <class Options>
Options read_options(const std::filesystem::path& folder) {
    Options options;
    training::settings_of(options).load(folder / "config.json");
    return options;
}

// The task of the run in `folder`, empty for a program that has but one; throws FileError, IoError.
std::string task_of(const std::filesystem::path& folder);

}  // namespace heed::program
