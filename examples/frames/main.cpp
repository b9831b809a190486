// frames: learns spoken digits, strings of them, or prompts, from frames of sound, and says what a clip holds.
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
    Dim beam = 4;
    AttendOptions attend;
    int threads = default_threads();
    std::vector<std::string> runs;  // to compare
};

void add_strict(CLI::App& c, bool& strict) { c.add_flag("--strict", strict, "refuse sound files that were cut short, instead of warning of them"); }

CLI::App* add_train(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("train", "train a model on the free spoken digit dataset, or on prompts");
    frames::Config& o = f.config;
    c->add_option("--data", o.data, "folder of the data set, with recordings/DIGIT_SPEAKER_INDEX.wav; of prompts: with NAME.wav");
    c->add_option("--transcript", o.transcript, "of prompts: a file with lines 'NAME: what it says'");
    c->add_option("--task", o.task, "one digit a clip, strings of 3 to 7 put together of one voice's, or the letters of prompts")
        ->check(CLI::IsMember({"digits", "strings", "prompts"}))
        ->capture_default_str();
    c->add_option("--decoder", o.model.decoder,
                  "of strings and prompts: CTC (unless given), or a recurrent network with attention that knows where it has looked")
        ->check(CLI::IsMember({"ctc", "attention"}));
    c->add_option("--leave", o.leave, "a speaker who is not trained on but measured by");
    c->add_option("--dev-index", o.dev_index, "without --leave: recordings from this index on are kept back")->capture_default_str();
    add_run_flags(*c, o, f.place);
    add_strict(*c, o.strict);
    add_threads(*c, f.threads);
    c->add_option("--batch", o.batch, "clips in a step")->check(positive_integer())->capture_default_str();
    c->add_option("--silence", o.silence, "before, between and after the digits of a string: seconds, at most")
        ->check(CLI::Range(0.0, 60.0))
        ->capture_default_str();
    c->add_option("--ctc-share", o.model.ctc_share, "of the loss, beside an attention decoder")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--mel-bands", o.model.bands, "bands of the mel scale")->check(positive_integer())->capture_default_str();
    c->add_option("--channels", o.model.channels, "of the convolutions")->check(positive_integer())->capture_default_str();
    c->add_option("--dim", o.model.dim, "width of the states")->check(positive_integer())->capture_default_str();
    c->add_option("--layers", o.model.layers, "of the encoder")->check(positive_integer())->capture_default_str();
    c->add_option("--heads", o.model.heads, "a divisor of --dim")->check(positive_integer())->capture_default_str();
    c->add_option("--hidden", o.model.hidden, "width inside a layer")->check(positive_integer())->capture_default_str();
    c->add_option("--dropout", o.model.dropout, "probability")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--range", o.range, "nats below the loudest energy of a clip: what is quieter counts as that")
        ->check(positive_number())
        ->capture_default_str();
    c->add_option("--speed", o.speed, "clips are played up to so much faster or slower")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--stretch", o.stretch, "their frames go by so much faster or slower, at most")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--tract", o.tract, "their frequencies are multiplied by so much more or less, at most")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    c->add_option("--tilt", o.tilt, "deviation of a slope over the bands")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    c->add_option("--noise", o.noise, "the most noise added to a clip")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--lr", o.lr, "the highest learning rate")->check(positive_number())->capture_default_str();
    c->add_option("--warmup", o.warmup, "steps in which it rises")->check(non_negative_integer())->capture_default_str();
    c->add_option("--decay", o.decay, "of the weights")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    c->add_option("--smoothing", o.smoothing, "label smoothing")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--ema", o.ema, "decay of the weights' average, which is what is kept")->check(CLI::Range(0.0, 0.99999))->capture_default_str();
    return c;
}

int run_train(CLI::App& command, Flags& f) {
    frames::Config& o = f.config;
    if (o.task != "digits" && o.model.decoder == "label") o.model.decoder = "ctc";
    settle(command, o, f.place, o.fields());
    if ((o.task == "digits") != (o.model.decoder == "label")) throw UsageError("--decoder is for strings and prompts; --task is digits");
    if ((o.task == "prompts") == o.transcript.empty()) throw UsageError("--transcript and --task prompts belong together");
    if (o.data.empty()) throw UsageError("--data is missing: the folder of recordings");
    return frames::train(o, f.place);
}

}  // namespace

int main(int argc, char** argv) {
    return run_main(argc, argv, [](int count, char** arguments) {
        CLI::App app("Spoken digits and prompts from frames of sound.", "frames");
        app.set_version_flag("--version", "frames (heed " HEED_VERSION ")");
        app.require_subcommand(1);
        Flags flags;
        CLI::App* const train = add_train(app, flags);
        CLI::App* const eval = app.add_subcommand("eval", "measure a model by the recordings that training kept back");
        add_model(*eval, flags.folder);
        eval->add_option("--beam", flags.beam, "width of the search for strings and prompts, beside greedy")
            ->check(positive_integer())
            ->capture_default_str();
        add_strict(*eval, flags.config.strict);
        add_threads(*eval, flags.threads);
        CLI::App* const predict = app.add_subcommand("predict", "say what sound files hold");
        add_model(*predict, flags.folder);
        predict->add_option("files", flags.files, "WAV, FLAC or OGG files of at most a minute")->required();
        predict->add_option("--beam", flags.beam, "width of the search for strings and prompts; 1 is greedy")
            ->check(positive_integer())
            ->capture_default_str();
        add_strict(*predict, flags.config.strict);
        add_threads(*predict, flags.threads);
        const CLI::App* const comparison = add_compare(app, flags.runs);
        CLI::App* const attend = add_attend(app, "file", "a WAV, FLAC or OGG file of at most a minute", flags.attend);
        add_strict(*attend, flags.config.strict);
        add_threads(*attend, flags.threads);
        parse(app, count, arguments);
        set_threads(flags.threads);
        if (train->parsed()) return run_train(*train, flags);
        if (eval->parsed()) return frames::evaluate(flags.folder, flags.beam, flags.config.strict);
        if (comparison->parsed()) return compare(flags.runs);
        if (attend->parsed()) return frames::attend(flags.attend, flags.config.strict);
        return frames::predict(flags.folder, flags.files, flags.beam, flags.config.strict);
    });
}
