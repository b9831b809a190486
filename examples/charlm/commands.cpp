// The sub-commands eval, predict and attend of charlm.
#include <algorithm>
#include <cstdio>
#include <numbers>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/charlm/commands.hpp>
#include <heed/examples/charlm/metrics.hpp>
#include <heed/examples/charlm/options.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/params/quantize.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/run_data.hpp>
#include <heed/nn/training/model_file.hpp>

namespace heed::charlm {
namespace {

// A trained model with its alphabet.
struct Trained : training::Trained<Model> {
    text::Vocabulary alphabet;
    explicit Trained(const std::filesystem::path& folder)
        : training::Trained<Model>(training::open_model<Model>(folder)), alphabet(options.symbols) {}
};

// The model, with its weights quantized if the options ask for it; the error of that goes to standard error.
Trained load_trained(const LoadOptions& options) {
    Trained trained(options.folder);
    if (options.weights.empty()) return trained;
    const nn::Quantized done =
        nn::quantize(trained.params, options.weights == "int8" ? Precision::int8 : Precision::bfloat16);
    fmt::print(stderr, "{} weights quantized: {:.1f} MB to read instead of {:.1f}, off by {:.2g} of their norm\n",
               done.elements, static_cast<double>(done.bytes) / 1e6,
               static_cast<double>(done.elements) * sizeof(Real) / 1e6, done.error);
    return trained;
}
}  // namespace

int evaluate(const EvalOptions& options) {
    const Trained trained = load_trained(options);
    const std::string path =
        options.data.empty() ? program::read_options<Options>(options.folder).data : options.data.string();
    const program::Launch launch{.folder = options.folder, .prepared = options.prepared};
    CorpusOptions as{.symbols = trained.options.symbols};
    if (options.data.empty()) as.cut = program::RunData::of(options.folder).cut();
    const Corpus corpus = read_corpus(path, launch, as);
    const IdSpan ids = options.data.empty() ? corpus.held_out : corpus.data.ids().ids();
    const auto print = [](const char* what, const Score& s) {
        fmt::print("{:<40} {:>9} characters  {:.4f} nats  {:.4f} bits\n", what, s.characters, s.mean(),
                   s.mean() / std::numbers::ln2);
    };
    const Dim block = trained.options.block, half = (block + 1) / 2;
    const auto measured = [&](Dim stride) {
        training::Progress progress({.label = "measure", .unit = "characters", .counts = "windows"});
        return measure(trained.model, ids, block, stride, 0, &progress);
    };
    print(fmt::format("in blocks of {}", block).c_str(), measured(block));
    print(fmt::format("with at least {} characters before", block - half).c_str(), measured(half));
    return program::exit_ok;
}

const std::string& default_prompt(const text::Vocabulary& alphabet) {
    const std::vector<std::string>& symbols = alphabet.symbols();
    for (const char* usual : {"\n", " "})
        if (const auto found = std::ranges::find(symbols, usual); found != symbols.end()) return *found;
    return symbols.at(0);
}

int predict(const PredictOptions& options) {
    const Trained trained = load_trained(options);
    const std::string& start = options.prompt ? *options.prompt : default_prompt(trained.alphabet);
    if (start.empty()) throw program::InputError("an empty prompt; give at least one character");
    const Ids prompt = encode(trained.alphabet, start, "--prompt");
    fmt::print("{}", start);
    const RandomStream random(Key{options.seed, 0}, hash_text("charlm/sample"));
    nn::StackCache cache;
    Ints text = data::padded({&prompt, 1}).values;
    for (Dim i = 0; i < options.length; ++i) {
        const Var logits = trained.model.next(text, cache);  // (1, t, symbols)
        const auto symbols = static_cast<std::size_t>(trained.alphabet.size());
        const std::span<const Real> all(logits.value().storage().data(), static_cast<std::size_t>(logits.size()));
        const Dim id = sample(all.last(symbols), options.sample, random.uniform(static_cast<std::uint64_t>(i)));
        const std::string& symbol = trained.alphabet.symbol(id);
        fmt::print("{}", symbol == "\n" || symbol == "\t" ? symbol : utf8::printable(symbol));  // no control characters
        std::fflush(stdout);
        text = Ints::from_shape({1, 1});
        text.data()[0] = id;
        cache.keep_last(trained.options.block - 1);  // the model has seen no text longer than a block
    }
    fmt::print("\n");
    return program::exit_ok;
}

int attend(const program::AttendOptions& options) {
    const Trained trained(options.folder);
    const Ids ids = encode(trained.alphabet, options.input, "TEXT");
    if (ids.empty() || static_cast<Dim>(ids.size()) > trained.options.block)
        throw program::InputError(
            fmt::format("the text has {} characters; expected 1 to {}, what the model was trained on", ids.size(),
                        trained.options.block));
    const Lenses lenses;
    const Var logits = trained.model(data::padded({&ids, 1}).values);
    const std::vector<std::string> characters = utf8::code_points(options.input);
    inspect::Page page = inspect::page_of(lenses, fmt::format("“{}”", options.input),
                                          {{.queries = characters, .from = "characters", .to = "characters"}});
    const Ordered next = topk(softmax(pick(logits, 1, logits.dim(1) - 1)), std::min<Dim>(3, trained.alphabet.size()));
    for (Dim k = 0; k < next.values.dim(1); ++k)
        page.note += fmt::format("{} {} {:.1f} %", k == 0 ? "most likely continues with" : ",",
                                 utf8::in_quotes(trained.alphabet.symbol(next.indices(0, k))),
                                 100 * static_cast<double>(next.values.value()(0, k)));
    return write_attention(std::move(page), options);
}

}  // namespace heed::charlm
