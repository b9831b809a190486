// frames: learns spoken digits from frames of sound, and says which one a clip holds.
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/common/attend.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/common/run.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/examples/frames/use.hpp>

namespace {

using namespace heed;
using namespace heed::examples;

struct Flags {
    frames::Config config;
    RunPlace place{.folder = "frames-model"};
    std::filesystem::path folder;
    std::vector<std::string> files;
    AttendOptions attend;
    int threads = default_threads();
    std::vector<std::string> runs;  // to compare
};

CLI::App* add_train(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("train", "train a model on the free spoken digit dataset");
    frames::Config& o = f.config;
    c->add_option("--data", o.data, "folder of the data set, with recordings/DIGIT_SPEAKER_INDEX.wav");
    c->add_option("--leave", o.leave, "a speaker who is not trained on but measured by");
    c->add_option("--dev-index", o.dev_index, "without --leave: recordings from this index on are kept back")->capture_default_str();
    add_run_flags(*c, o, f.place);
    add_threads(*c, f.threads);
    c->add_option("--batch", o.batch, "clips in a step")->check(positive_integer())->capture_default_str();
    c->add_option("--mel-bands", o.model.bands, "bands of the mel scale")->check(positive_integer())->capture_default_str();
    c->add_option("--dim", o.model.dim, "width of the states")->check(positive_integer())->capture_default_str();
    c->add_option("--layers", o.model.layers, "of the encoder")->check(positive_integer())->capture_default_str();
    c->add_option("--heads", o.model.heads, "a divisor of --dim")->check(positive_integer())->capture_default_str();
    c->add_option("--hidden", o.model.hidden, "width inside a layer")->check(positive_integer())->capture_default_str();
    c->add_option("--dropout", o.model.dropout, "probability")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--speed", o.speed, "clips are played up to so much faster or slower")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--noise", o.noise, "the most noise added to a clip")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--lr", o.lr, "the highest learning rate")->check(positive_number())->capture_default_str();
    c->add_option("--warmup", o.warmup, "steps in which it rises")->check(non_negative_integer())->capture_default_str();
    c->add_option("--decay", o.decay, "of the weights")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    c->add_option("--smoothing", o.smoothing, "label smoothing")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--ema", o.ema, "decay of the weights' average, which is what is kept")->check(CLI::Range(0.0, 0.99999))->capture_default_str();
    return c;
}

int run_train(CLI::App& command, Flags& f) {
    settle(command, f.config, f.place, f.config.fields());
    if (f.config.data.empty()) throw UsageError("--data is missing: the folder of the free spoken digit dataset");
    return frames::train(f.config, f.place);
}

}  // namespace

int main(int argc, char** argv) {
    return run_main(argc, argv, [](int count, char** arguments) {
        CLI::App app("Spoken digits from frames of sound.", "frames");
        app.set_version_flag("--version", "frames (heed " HEED_VERSION ")");
        app.require_subcommand(1);
        Flags flags;
        CLI::App* const train = add_train(app, flags);
        CLI::App* const eval = app.add_subcommand("eval", "measure a model by the recordings that training kept back");
        add_model(*eval, flags.folder);
        add_threads(*eval, flags.threads);
        CLI::App* const predict = app.add_subcommand("predict", "say which digits sound files hold");
        add_model(*predict, flags.folder);
        predict->add_option("files", flags.files, "WAV, FLAC or OGG files of at most a minute")->required();
        add_threads(*predict, flags.threads);
        const CLI::App* const comparison = add_compare(app, flags.runs);
        CLI::App* const attend = add_attend(app, "file", "a WAV, FLAC or OGG file of at most a minute", flags.attend);
        add_threads(*attend, flags.threads);
        parse(app, count, arguments);
        set_threads(flags.threads);
        if (train->parsed()) return run_train(*train, flags);
        if (eval->parsed()) return frames::evaluate(flags.folder);
        if (comparison->parsed()) return compare(flags.runs);
        if (attend->parsed()) return frames::attend(flags.attend);
        return frames::predict(flags.folder, flags.files);
    });
}
