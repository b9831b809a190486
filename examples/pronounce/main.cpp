// pronounce: learns from a dictionary how words are spoken, and says new ones.
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/common/attend.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/pronounce/use.hpp>
#include <heed/examples/pronounce/train.hpp>

namespace {

using namespace heed;
using namespace heed::examples;

struct Flags {
    pronounce::Config config;
    std::filesystem::path folder;  // of a trained model
    pronounce::EvalOptions eval;
    pronounce::PredictOptions predict;
    AttendOptions attend;
    int threads = default_threads();
    std::vector<std::string> runs;  // to compare
    examples::RunPlace place{.folder = "pronounce-model"};
    std::string hold_out;
};

CLI::App* add_train(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("train", "train a model on a dictionary");
    pronounce::Config& o = f.config;
    c->add_option("--data", o.data, "dictionary: a word and its phones on each line")->capture_default_str();
    add_run_flags(*c, o, f.place);
    add_threads(*c, f.threads);
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
    return c;
}

int run_train(CLI::App& command, Flags& f) {
    f.config.hold_out_test = f.hold_out.empty() ? command.count("--data") == 0 : f.hold_out == "test";
    settle(command, f.config, f.place, f.config.fields());
    return pronounce::train(f.config, f.place);
}

CLI::App* add_eval(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("eval", "measure a model's word and phone error rates");
    add_model(*c, f.folder);
    c->add_option("--data", f.eval.data, "dictionary; without it, the words that training held out");
    c->add_option("--beam", f.eval.beam, "width of the beam search, beside greedy")->check(positive_integer())->capture_default_str();
    add_threads(*c, f.threads);
    return c;
}

CLI::App* add_predict(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("predict", "say words, and show where the model looked");
    add_model(*c, f.folder);
    c->add_option("words", f.predict.words, "words; without any, they are read from standard input");
    c->add_option("--svg", f.predict.svg, "draw the alignment of the first word into this file");
    c->add_option("--beam", f.predict.beam, "width of the beam search")->check(positive_integer())->capture_default_str();
    c->add_flag("--plain", f.predict.plain, "phones only, no drawing");
    add_threads(*c, f.threads);
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
        const CLI::App* const comparison = add_compare(app, flags.runs);
        CLI::App* const attend = add_attend(app, "word", "a word", flags.attend);
        add_threads(*attend, flags.threads);
        heed::examples::parse(app, count, arguments);
        heed::set_threads(flags.threads);
        if (train->parsed()) return run_train(*train, flags);
        if (eval->parsed()) return heed::pronounce::evaluate(flags.folder, flags.eval);
        if (comparison->parsed()) return compare(flags.runs);
        if (attend->parsed()) return heed::pronounce::attend(flags.attend);
        return heed::pronounce::predict(flags.folder, flags.predict);
    });
}
