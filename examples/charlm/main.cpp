// charlm: learns from a text which character comes next, and goes on with it.
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/examples/charlm/train.hpp>
#include <heed/examples/charlm/use.hpp>
#include <heed/examples/common/attend.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>

namespace {

using namespace heed;
using namespace heed::examples;

struct Flags {
    charlm::Config config;
    RunPlace place{.folder = "charlm-model"};
    std::filesystem::path folder, data;  // of a trained model; to measure it by
    charlm::Weights weights;
    charlm::PredictOptions predict;
    AttendOptions attend;
    int threads = default_threads();
    std::vector<std::string> runs;  // to compare
};

CLI::App* add_train(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("train", "train a model on a text, of which the last tenth is held out");
    charlm::Config& o = f.config;
    c->add_option("--data", o.data, "a file of UTF-8 text");
    add_run_flags(*c, o, f.place);
    add_threads(*c, f.threads);
    const auto count = [&](const char* name, Dim& value, const char* text) {
        c->add_option(name, value, text)->check(positive_integer())->capture_default_str();
    };
    count("--batch", o.batch, "windows in a step");
    count("--block", o.block, "characters in a window");
    count("--width", o.width, "of the states");
    count("--layers", o.layers, "of attention and feed-forward");
    count("--heads", o.heads, "a divisor of the width");
    c->add_option("--dropout", o.dropout, "probability")->check(CLI::Range(0.0, 0.99))->capture_default_str();
    c->add_option("--lr", o.lr, "the highest learning rate")->check(positive_number())->capture_default_str();
    c->add_option("--decay", o.decay, "of weights")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    c->add_option("--warmup", o.warmup, "steps in which the rate rises")->check(non_negative_integer())->capture_default_str();
    return c;
}

void add_weights(CLI::App& c, charlm::Weights& weights) {
    const auto choose = [&weights](const std::string& name) { weights = name == "int8" ? Precision::int8 : Precision::bfloat16; };
    c.add_option_function<std::string>("--weights", choose, "round them, so that a character takes less reading: bfloat16 or int8")
        ->check(CLI::IsMember({"bfloat16", "int8"}));
}

CLI::App* add_predict(CLI::App& app, Flags& f) {
    CLI::App* c = app.add_subcommand("predict", "go on with a text");
    add_model(*c, f.folder);
    add_weights(*c, f.predict.weights);
    const auto set_prompt = [&f](const std::string& text) { f.predict.prompt = text; };
    c->add_option_function<std::string>("--prompt", set_prompt, "what to go on with; unless given a line's end, or if the model knows none a space");
    c->add_option("--length", f.predict.length, "characters")->check(positive_integer())->capture_default_str();
    c->add_option("--temperature", f.predict.sample.temperature, "above 1 more varied, below 1 less, 0 the likeliest always")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    c->add_option("--top-k", f.predict.sample.top_k, "only the likeliest so many characters; 0: all")
        ->check(non_negative_integer())
        ->capture_default_str();
    c->add_option("--top-p", f.predict.sample.top_p, "only the likeliest that together have this probability")
        ->check(CLI::Range(1e-9, 1.0))
        ->capture_default_str();
    c->add_option("--seed", f.predict.seed, "of the choices")->capture_default_str();
    add_threads(*c, f.threads);
    return c;
}

int run_train(const CLI::App& command, Flags& f) {
    settle(command, f.config, f.place, f.config.fields());
    if (f.config.data.empty()) throw UsageError("--data is needed: a file of text");
    return charlm::train(f.config, f.place);
}

}  // namespace

int main(int argc, char** argv) {
    return run_main(argc, argv, [](int count, char** arguments) {
        CLI::App app("A character language model.", "charlm");
        app.set_version_flag("--version", "charlm (heed " HEED_VERSION ")");
        app.require_subcommand(1);
        Flags flags;
        const CLI::App* train = add_train(app, flags);
        CLI::App* eval = app.add_subcommand("eval", "measure a model: nats and bits a character");
        add_model(*eval, flags.folder);
        eval->add_option("--data", flags.data, "a file of text; without it, what training held out");
        add_weights(*eval, flags.weights);
        add_threads(*eval, flags.threads);
        add_predict(app, flags);
        const CLI::App* const comparison = add_compare(app, flags.runs);
        CLI::App* const attend = add_attend(app, "text", "a text, at most as long as the windows of training", flags.attend);
        add_threads(*attend, flags.threads);
        parse(app, count, arguments);
        set_threads(flags.threads);
        if (train->parsed()) return run_train(*train, flags);
        if (eval->parsed()) return charlm::evaluate(flags.folder, flags.data, flags.weights);
        if (comparison->parsed()) return compare(flags.runs);
        if (attend->parsed()) return charlm::attend(flags.attend);
        return charlm::predict(flags.folder, flags.predict);
    });
}
