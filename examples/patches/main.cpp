// patches: learns from labelled pictures what new ones show, by a vision transformer.
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/common/attend.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/common/run.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/examples/patches/use.hpp>

namespace {

using namespace heed;
using namespace heed::examples;

struct Flags {
    patches::Config config;
    RunPlace place{.folder = "patches-model"};
    std::filesystem::path folder;
    bool test = false;
    std::vector<std::string> files;
    std::filesystem::path drawings;
    AttendOptions attend;
    int threads = default_threads();
    std::vector<std::string> runs;  // to compare
};

CLI::App* add_train(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("train", "train a model on labelled pictures");
    patches::Config& o = f.config;
    c->add_option("--data", o.data, "folder of IDX files (as Fashion-MNIST), or with train/CLASS/*.png and dev/CLASS/*.png")->capture_default_str();
    c->add_option("--dev", o.dev, "of IDX files: the last so many are kept back")->check(positive_integer())->capture_default_str();
    add_run_flags(*c, o, f.place);
    add_threads(*c, f.threads);
    c->add_option("--batch", o.batch, "pictures in a step")->check(positive_integer())->capture_default_str();
    c->add_option("--channels", o.model.channels, "of PNG files: 1 grey, 3 colour")->check(CLI::IsMember({1, 3}))->capture_default_str();
    c->add_option("--patch", o.model.patch, "pixels to each side of a patch")->check(positive_integer())->capture_default_str();
    c->add_flag("--convolutions,!--linear", o.model.convolutions, "patches by convolutions, or by one linear layer");
    c->add_flag("--offsets", o.model.offsets, "a learned bias for each offset between two patches");
    c->add_option("--dim", o.model.dim, "width of the tokens")->check(positive_integer())->capture_default_str();
    c->add_option("--layers", o.model.layers, "of the encoder")->check(positive_integer())->capture_default_str();
    c->add_option("--heads", o.model.heads, "a divisor of --dim")->check(positive_integer())->capture_default_str();
    c->add_option("--hidden", o.model.hidden, "width inside a layer")->check(positive_integer())->capture_default_str();
    c->add_option("--dropout", o.model.dropout, "probability")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--shift", o.augment.shift, "pixels by which pictures are moved at most")->check(non_negative_integer())->capture_default_str();
    c->add_flag("--flip,!--no-flip", o.augment.flip, "mirror every other picture");
    c->add_option("--erase", o.augment.erase, "chance that a rectangle becomes noise")->check(CLI::Range(0.0, 1.0))->capture_default_str();
    c->add_option("--lr", o.lr, "the highest learning rate")->check(positive_number())->capture_default_str();
    c->add_option("--warmup", o.warmup, "steps in which it rises")->check(non_negative_integer())->capture_default_str();
    c->add_option("--decay", o.decay, "of the weights")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    c->add_option("--smoothing", o.smoothing, "label smoothing")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--ema", o.ema, "decay of the weights' average, which is what is kept")->check(CLI::Range(0.0, 0.99999))->capture_default_str();
    return c;
}

int run_train(CLI::App& command, Flags& f) {
    settle(command, f.config, f.place, f.config.fields());
    return patches::train(f.config, f.place);
}

}  // namespace

int main(int argc, char** argv) {
    return run_main(argc, argv, [](int count, char** arguments) {
        CLI::App app("What pictures show, by a vision transformer.", "patches");
        app.set_version_flag("--version", "patches (heed " HEED_VERSION ")");
        app.require_subcommand(1);
        Flags flags;
        CLI::App* const train = add_train(app, flags);
        CLI::App* const eval = app.add_subcommand("eval", "measure a model: pictures that are right, and what is taken for what");
        add_model(*eval, flags.folder);
        eval->add_flag("--test", flags.test, "on the test set instead of the dev pictures");
        add_threads(*eval, flags.threads);
        CLI::App* const predict = app.add_subcommand("predict", "say what pictures show");
        add_model(*predict, flags.folder);
        predict->add_option("files", flags.files, "PNG files of the size that the model was trained on")->required();
        predict->add_option("--attend", flags.drawings, "folder for pictures of where the model looked");
        add_threads(*predict, flags.threads);
        const CLI::App* const comparison = add_compare(app, flags.runs);
        CLI::App* const attend = add_attend(app, "file", "a PNG file of the size that the model was trained on", flags.attend);
        add_threads(*attend, flags.threads);
        parse(app, count, arguments);
        set_threads(flags.threads);
        if (train->parsed()) return run_train(*train, flags);
        if (eval->parsed()) return patches::evaluate(flags.folder, flags.test);
        if (comparison->parsed()) return compare(flags.runs);
        if (attend->parsed()) return patches::attend(flags.attend);
        return patches::predict(flags.folder, flags.files, flags.drawings);
    });
}
