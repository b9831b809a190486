// pronounce: learns from a dictionary how words are spoken, and says new ones.
#include <thread>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/pronounce/use.hpp>
#include <heed/examples/pronounce/train.hpp>

namespace {

using namespace heed;
using namespace heed::examples;

struct Flags {
    pronounce::Config config;
    std::filesystem::path folder = "pronounce-model";
    pronounce::EvalOptions eval;
    pronounce::PredictOptions predict;
    int threads = static_cast<int>(std::max(1u, std::min(64u, std::thread::hardware_concurrency())));
    pronounce::TrainOptions train;
    std::string hold_out;
};

void add_threads(CLI::App& command, Flags& flags) {
    command.add_option("--threads", flags.threads, "threads; results do not depend on it")->check(CLI::Range(1, 1024))->capture_default_str();
}

CLI::App* add_train(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("train", "train a model on a dictionary");
    pronounce::Config& o = f.config;
    c->add_option("--data", o.data, "dictionary: a word and its phones on each line")->capture_default_str();
    c->add_option("--out", f.folder, "folder of the run")->capture_default_str();
    auto* minutes =
        c->add_option("--minutes", o.minutes, "train about this long: fixes the steps from the speed of the first ones (5 unless given)")
            ->check(positive_number());
    auto* epochs = c->add_option("--epochs", o.epochs, "train this often over the data")->check(positive_number());
    auto* steps = c->add_option("--steps", o.steps, "train this many steps")->check(positive_integer());
    minutes->excludes(epochs)->excludes(steps);
    epochs->excludes(steps);
    add_threads(*c, f);
    c->add_option("--seed", o.seed, "of the first weights, the order of the words and dropout")->capture_default_str();
    c->add_flag("--resume", f.train.resume, "go on with the run in --out, by its own configuration");
    c->add_option("--save-seconds", f.train.save_seconds, "between checkpoints")->check(positive_number())->capture_default_str();
    c->add_option(
         "--hold-out", f.hold_out,
         "words kept back: test (5 % and 2 % dev words; for the default dictionary) or dev (2 %; for --data, which has a test list of its own)")
        ->check(CLI::IsMember({"test", "dev"}));
    c->add_option("--batch", o.batch, "words in a step")->check(positive_integer())->capture_default_str();
    c->add_option("--model", o.model, "a recurrent network with additive attention, or a Transformer")
        ->check(CLI::IsMember({"gru", "transformer"}))
        ->capture_default_str();
    c->add_option("--embedding", o.embedding, "width of letters and phones (gru)")->check(positive_integer())->capture_default_str();
    c->add_option("--width", o.width, "width of the states")->check(positive_integer())->capture_default_str();
    c->add_option("--layers", o.layers, "of the encoder, and of the decoder (transformer)")->check(positive_integer())->capture_default_str();
    c->add_option("--heads", o.heads, "a divisor of the width (transformer)")->check(positive_integer())->capture_default_str();
    c->add_option("--dropout", o.dropout, "probability")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--lr", o.lr, "the highest learning rate")->check(positive_number())->capture_default_str();
    c->add_option("--warmup", o.warmup, "steps in which it rises")->check(non_negative_integer())->capture_default_str();
    c->add_option("--smoothing", o.smoothing, "label smoothing")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--clip", o.clip, "the gradients' norm is held to this")->check(positive_number())->capture_default_str();
    return c;
}

int run_train(CLI::App& command, Flags& f) {
    const bool exists = std::filesystem::exists(f.folder / "config.json");
    if (f.train.resume) {
        for (const CLI::Option* option : command.get_options())
            if (option->count() && option->get_name() != "--resume" && option->get_name() != "--out" && option->get_name() != "--threads" &&
                option->get_name() != "--save-seconds")
                throw UsageError(
                    fmt::format("--resume goes on by the configuration in {}; {} cannot be given with it", f.folder.string(), option->get_name()));
        if (!exists) throw FileError(fmt::format("{}: holds no run to resume (no config.json)", f.folder.string()));
        f.config = pronounce::read_config(f.folder);
    } else {
        if (exists) throw UsageError(fmt::format("{} holds a run already; go on with it by --resume, or give another --out", f.folder.string()));
        if (f.config.minutes == 0 && f.config.epochs == 0 && f.config.steps == 0) f.config.minutes = 5;
        f.config.hold_out_test = f.hold_out.empty() ? command.count("--data") == 0 : f.hold_out == "test";
        std::error_code error;
        std::filesystem::create_directories(f.folder, error);
        if (error) throw IoError(fmt::format("{}: the folder cannot be made: {}", f.folder.string(), error.message()));
    }
    f.train.folder = f.folder;
    return pronounce::train(f.config, f.train);
}

void add_model(CLI::App& c, std::filesystem::path& folder) { c.add_option("--model", folder, "folder of a trained model")->required(); }

CLI::App* add_eval(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("eval", "measure a model's word and phone error rates");
    add_model(*c, f.folder);
    c->add_option("--data", f.eval.data, "dictionary; without it, the words that training held out");
    c->add_option("--beam", f.eval.beam, "width of the beam search, beside greedy")->check(positive_integer())->capture_default_str();
    add_threads(*c, f);
    return c;
}

CLI::App* add_predict(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("predict", "say words, and show where the model looked");
    add_model(*c, f.folder);
    c->add_option("words", f.predict.words, "words; without any, they are read from standard input");
    c->add_option("--svg", f.predict.svg, "draw the alignment of the first word into this file");
    c->add_option("--beam", f.predict.beam, "width of the beam search")->check(positive_integer())->capture_default_str();
    c->add_flag("--plain", f.predict.plain, "phones only, no drawing");
    add_threads(*c, f);
    return c;
}

}  // namespace

int main(int argc, char** argv) {
    return heed::examples::run_main(argc, argv, [](int count, char** arguments) {
        CLI::App app("Letters to phones with additive attention.", "pronounce");
        app.set_version_flag("--version", "pronounce (heed " HEED_VERSION ")");
        app.require_subcommand(1);
        Flags flags;
        CLI::App* const train = add_train(app, flags);
        CLI::App* const eval = add_eval(app, flags);
        add_predict(app, flags);
        heed::examples::parse(app, count, arguments);
        heed::set_threads(flags.threads);
        if (train->parsed()) return run_train(*train, flags);
        if (eval->parsed()) return heed::pronounce::evaluate(flags.folder, flags.eval);
        return heed::pronounce::predict(flags.folder, flags.predict);
    });
}
