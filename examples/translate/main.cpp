// translate: learns from parallel text to say sentences of one language in another.
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/examples/translate/use.hpp>

namespace {

using namespace heed;
using namespace heed::examples;

struct Flags {
    translate::Config config;
    RunPlace place{.folder = "translate-model"};
    std::filesystem::path folder;  // of a trained model
    translate::EvalOptions eval;
    translate::PredictOptions predict;
    AttendOptions attend;
    int threads = default_threads();
    std::vector<std::string> runs;  // to compare
};

constexpr const char* about_tokenize = "of BLEU: 13a, or none for text whose tokens stand apart already";
constexpr const char* about_lower_case = "of BLEU: take capitals for small letters, by the rules of Unicode where the program has libicu";

void add_search(CLI::App& c, translate::SearchOptions& o) {
    c.add_option("--beam", o.beam, "hypotheses of a sentence; 1: greedy")->check(positive_integer())->capture_default_str();
    c.add_option("--length-penalty", o.length_penalty, "above 1 longer translations, below shorter ones")
        ->check(CLI::Range(-10.0, 10.0))
        ->capture_default_str();
}

void need_both(const std::string& a, const std::string& b, const char* flags) {
    if (a.empty() != b.empty()) throw UsageError(fmt::format("{} go together: two files, line by line", flags));
}

CLI::App* add_train(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("train", "train a model on parallel text");
    translate::Config& o = f.config;
    c->add_option("--source", o.source, "a file of UTF-8 text, plain or .gz: a sentence on each line");
    c->add_option("--target", o.target, "what they are in the other language, line by line");
    c->add_option("--dev-source", o.dev_source, "sentences to measure by; none: a fiftieth of the text is held out");
    c->add_option("--dev-target", o.dev_target, "what those are in the other language");
    add_run_flags(*c, o, f.place);
    add_threads(*c, f.threads);
    c->add_option("--tokenize", o.bleu.tokenize, about_tokenize)->check(CLI::IsMember({"13a", "none"}))->capture_default_str();
    c->add_flag("--lower-case", o.bleu.lower_case, about_lower_case);
    const auto count = [&](const char* name, Dim& value, const char* text) {
        c->add_option(name, value, text)->check(positive_integer())->capture_default_str();
    };
    c->add_option("--model", o.model.kind, "a Transformer, or GRUs with additive attention")
        ->check(CLI::IsMember({"transformer", "gru"}))
        ->capture_default_str();
    c->add_option("--vocabulary", o.model.vocabulary, "the most pieces to learn, of both languages together")
        ->check(CLI::Range(Dim{translate::Bpe::first_merge}, Dim{1000000}))
        ->capture_default_str();
    count("--tokens", o.tokens, "pieces in a batch, padding included");
    count("--longest", o.longest, "pieces; pairs with a longer sentence are left out");
    count("--width", o.model.width, "of pieces and states");
    count("--layers", o.model.layers, "of the encoder, and of the decoder (transformer)");
    count("--heads", o.model.heads, "a divisor of the width (transformer)");
    count("--hidden", o.model.hidden, "width inside the feed-forward layers (transformer)");
    c->add_option("--dropout", o.model.dropout, "probability")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--smoothing", o.smoothing, "label smoothing")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--lr", o.lr, "the highest learning rate")->check(positive_number())->capture_default_str();
    c->add_option("--warmup", o.warmup, "steps in which the rate rises")->check(non_negative_integer())->capture_default_str();
    c->add_option("--decay", o.decay, "of weights")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    c->add_option("--ema", o.ema, "decay of the average of weights that is measured and kept")
        ->check(CLI::Range(0.0, 0.999999))
        ->capture_default_str();
    return c;
}

CLI::App* add_eval(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("eval", "measure a model by BLEU as sacrebleu computes it, by the rules of training where none is given");
    add_model(*c, f.folder);
    c->add_option("--source", f.eval.source, "sentences; none: those that training measured by");
    c->add_option("--target", f.eval.target, "what they are in the other language");
    add_search(*c, f.eval.search);
    c->add_option("--tokenize", f.eval.tokenize, about_tokenize)->check(CLI::IsMember({"13a", "none"}));
    c->add_flag("--lower-case,!--keep-case", f.eval.lower_case, about_lower_case);
    add_threads(*c, f.threads);
    return c;
}

CLI::App* add_predict(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("predict", "translate sentences");
    add_model(*c, f.folder);
    c->add_option("sentences", f.predict.sentences, "each one in quotes; without any, the lines of standard input");
    add_search(*c, f.predict.search);
    add_threads(*c, f.threads);
    return c;
}

int run_train(const CLI::App& command, Flags& f) {
    settle(command, f.config, f.place, f.config.fields());
    if (f.config.source.empty() || f.config.target.empty()) throw UsageError("--source and --target are needed: two files, line by line");
    need_both(f.config.dev_source, f.config.dev_target, "--dev-source and --dev-target");
    return translate::train(f.config, f.place);
}

int run_eval(const Flags& f) {
    need_both(f.eval.source, f.eval.target, "--source and --target");
    return translate::evaluate(f.folder, f.eval);
}

}  // namespace

int main(int argc, char** argv) {
    return run_main(argc, argv, [](int count, char** arguments) {
        CLI::App app("From one language to another.", "translate");
        app.set_version_flag("--version", "translate (heed " HEED_VERSION ")");
        app.require_subcommand(1);
        Flags flags;
        const CLI::App* train = add_train(app, flags);
        const CLI::App* eval = add_eval(app, flags);
        add_predict(app, flags);
        const CLI::App* const comparison = add_compare(app, flags.runs);
        CLI::App* const attend = add_attend(app, "sentence", "a sentence, in quotes", flags.attend);
        add_threads(*attend, flags.threads);
        parse(app, count, arguments);
        set_threads(flags.threads);
        if (train->parsed()) return run_train(*train, flags);
        if (eval->parsed()) return run_eval(flags);
        if (comparison->parsed()) return compare(flags.runs);
        if (attend->parsed()) return translate::attend(flags.attend);
        return translate::predict(flags.folder, flags.predict);
    });
}
