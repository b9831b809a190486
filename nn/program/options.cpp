// The settings that every training run has.
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/nn/program/options.hpp>
#include <heed/nn/training/run/folder.hpp>

namespace heed::program {

void RunOptions::declare(training::Settings& s) {
    s.add("seed", seed, "of the initial weights, the order of the data and dropout");
    s.add("minutes", minutes, "train about this long: the speed of the first steps fixes their number (5 unless given)")
        .above(0)
        .zero_unless_given()
        .may_change();
    s.add("epochs", epochs, "train this many passes over the data").above(0).zero_unless_given().may_change();
    s.add("steps", steps, "train this many steps").within(1).zero_unless_given().may_change();
    s.add("clip", clip, "clip the gradients' norm to this").above(0);
    s.add("accumulate", accumulate, "batches in a step").within(1, most_rows).added_later(Dim{1});
    s.add("shards", shards, "parts of each batch, a power of two, which the processes that mpirun starts share")
        .within(1, most_rows)
        .added_later(Dim{1});
    s.add("on_nan", on_nan, "what to do about a loss that is not finite, after its origin is named")
        .one_of({"stop", "skip", "rollback"})
        .added_later("stop");
    s.add("patience", patience, "end after so many evaluations without a better one; 0: never")
        .within(0)
        .added_later(Dim{0});
    s.add("overfit_one_batch", overfit_one_batch,
          "train on the first batch in every step: a model that cannot learn it has a mistake")
        .added_later(false);
    s.add("bfloat16", bfloat16,
          "round the inputs of a step's matrix products to bfloat16: faster with AVX512_BF16, a little less exact")
        .added_later(false);
    if (!s.find("task")) s.add("task", task).no_flag().added_later("");  // frames has one of its own
}

void Launch::declare(training::Settings& s) {
    s.add("out", folder, "folder of the run").of_call();
    s.add("resume", resume, "continue the run in --out, with its own configuration").of_call();
    s.add("changed_data", changed_data,
          "with --resume: continue although the data changed, with the run's vocabulary, classes and split")
        .of_call();
    s.add("config", config, "take all settings from this file, such as another run's config.json").of_call();
    s.add("save_seconds", save_seconds, "between checkpoints").above(0).of_call();
    s.add("patience_seconds", patience_seconds, "of mpirun's processes: how long one may be silent; then all end")
        .within(1, 1e9)
        .of_call();
    s.add("keep", keep, "checkpoints of the last so many evaluations").within(0).of_call();
    declare_prepared(s, prepared);
    s.add("dry_run", dry_run, "print the parameters, the layers' shapes and what a step takes; write nothing")
        .of_call();
    s.add("find_lr", find_rate, "raise the rate from step to step, draw the loss, and suggest a rate; write nothing")
        .of_call();
}

void declare_prepared(training::Settings& s, std::filesystem::path& folder) {
    s.add("prepared", folder,
          "folder of prepared data, which runs share; unless given, 'prepared' beside the run's, for data of more than "
          "16 MiB")
        .of_call();
}

std::string task_of(const std::filesystem::path& folder) {
    const std::filesystem::path path = training::RunFolder::config_of(folder);
    const std::optional<training::Record> config =
        training::from_json(io::read_text(path.string(), std::uint64_t{1} << 20));
    if (!config) throw FileError(fmt::format("{}: is no JSON object", path.string()));
    const training::Value* task = training::find(*config, "task");
    return task && std::holds_alternative<std::string>(*task) ? std::get<std::string>(*task) : "";
}

}  // namespace heed::program
