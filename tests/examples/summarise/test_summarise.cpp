// summarise as a whole: its model, its search, its marks, and a run that is stopped and resumed.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <unistd.h>
#include <heed/core/base/random.hpp>
#include <heed/examples/models/pair_data.hpp>
#include <heed/examples/summarise/commands.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/decode/beam.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/training/model_file.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

namespace heed::summarise {
namespace {

// Texts of made-up words, of which two stand between < and >: those are the summary.
void put_texts(const TemporaryFolder& folder, const std::string& name, std::uint64_t seed, int n) {
    std::string source, target;
    for (int i = 0; i < n; ++i) {
        const RandomStream random(Key{seed, static_cast<std::uint64_t>(i)}, 0);
        const std::uint64_t words = 4 + random.bits(1) % 5, marked = random.bits(2) % (words - 1);
        for (std::uint64_t w = 0; w < words; ++w) {
            std::string word;
            for (std::uint64_t k = 0; k < 2; ++k)
                word += {"bdgklmnpst"[random.bits(10 * w + 3 + k) % 10], "aeiou"[random.bits(10 * w + 7 + k) % 5]};
            source += (w == marked ? "< " : "") + word + (w == marked + 1 ? " > " : " ");
            if (w == marked || w == marked + 1) target += word + ' ';
        }
        source += '\n', target += '\n';
    }
    put(folder / (name + ".long"), source);
    put(folder / (name + ".short"), target);
}

Options config_of(const TemporaryFolder& folder, Dim steps) {
    Options c;
    c.source = folder / "train.long", c.target = folder / "train.short", c.dev_source = folder / "dev.long",
    c.dev_target = folder / "dev.short";
    c.vocabulary = 320;
    c.model.width = 32, c.model.layers = 1, c.model.heads = 2, c.model.hidden = 32, c.model.dropout = 0;
    c.tokens = 512, c.lr = 1e-2, c.warmup = 20, c.ema = 0.9, c.steps = steps;
    return c;
}

ModelOptions small_options() {
    ModelOptions o;
    o.vocabulary = 12, o.width = 16, o.layers = 2, o.heads = 2, o.hidden = 16, o.longest = 6;
    return o;
}

// The log-probability of a summary and its end, of all positions at once.
double log_prob_of(const Model& model, const Ids& source, const Ids& summary) {
    const data::RowPair pair{source, summary};
    return -model.loss(text::make_batch({&pair, 1}), 0).item() * static_cast<double>(summary.size() + 1);
}

// What a command prints on standard output.
template <class Act>
std::string printed(const TemporaryFolder& folder, const Act& act) {
    std::fflush(stdout);
    const int before = ::dup(1);
    REQUIRE(std::freopen((folder / "printed").c_str(), "w", stdout));
    act();
    std::fflush(stdout);
    ::dup2(before, 1);
    ::close(before);
    return content_of(folder / "printed");
}

}  // namespace

TEST_CASE("summarise: the loss is that of the steps one by one, and coverage adds what is read again", "[summarise]") {
    const nn::Params params(2);
    const Model model(params, small_options());
    const std::vector<data::RowPair> pairs{{{5, 6, 5, Bpe::end}, {7, 5}}, {{9, Bpe::end}, {8, 9, 8}}};
    double nats = 0;
    int n = 0;
    for (const data::RowPair& pair : pairs) {
        const text::PairBatch b = text::make_batch({&pair, 1});
        Model::State state = model.start(b.source, b.lengths);
        for (Dim t = 0; t < b.previous.shape()[1]; ++t, ++n) {
            const Var log_p = model.next(state, Ints{b.previous(0, t)});
            CHECK(sum(exp(log_p)).item() == Approx(1));
            nats -= static_cast<double>(log_p.value()(0, b.wanted(t)));
        }
    }
    const text::PairBatch both = text::make_batch(pairs);
    CHECK(model.loss(both, 0).item() == Approx(nats / n).epsilon(1e-5));
    CHECK(model.loss(both, 1).item() > model.loss(both, 0).item());
    CHECK(model.loss(both, 1).item() < model.loss(both, 0).item() + 1);
    for (const double share : model.copied(text::make_batch({pairs.data(), 1}))) CHECK((share >= 0 && share <= 1));
    CHECK(model.copied(text::make_batch({pairs.data(), 1}))[0] == 0);  // 7 is not in the source
    CHECK(model.copied(text::make_batch({pairs.data(), 1}))[1] > 0);
}

TEST_CASE("summarise: hypotheses of several texts keep their own caches and sources", "[summarise]") {
    const std::vector<Ids> sources{{5, 6, 5, 9, Bpe::end},
                                   {9, Bpe::end},
                                   {3, 4, 11, 7, 8, 10, Bpe::end},
                                   {11, 6, Bpe::end}};
    const data::Padded padded = data::padded(sources, Bpe::pad);
    int finished = 0;
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        const nn::Params params(seed);
        const Model model(params, small_options());
        for (const Dim width : {2, 4, 7}) {
            Model::State state = model.start(padded.values, padded.lengths);
            const std::vector<nn::BeamHypothesis> found = nn::beam_search(
                std::array<Dim, 4>{12, 7, 9, 12}, [&](const Ints& previous) { return model.next(state, previous); },
                [&](const Ints& rows) { state.reorder(rows); },
                {.width = width, .length_penalty = 1, .begin = Bpe::begin, .end = Bpe::end, .first = Bpe::end});
            for (std::size_t i = 0; i < sources.size(); ++i) {
                if (!found[i].finished) continue;
                CAPTURE(seed, width, i);
                CHECK(found[i].log_prob == Approx(log_prob_of(model, sources[i], found[i].symbols)).epsilon(1e-5));
                ++finished;
            }
        }
    }
    CHECK(finished > 20);
}

TEST_CASE("summarise: a text is cut where the model stops reading, first sentences are found", "[summarise]") {
    ModelOptions o = small_options();
    o.use(Bpe(std::vector<Bpe::Merge>{}));
    CHECK(encode_source(o, "abc").ids.size() == 5);  // with a space before it and the end marker behind it
    const Source cut = encode_source(o, "abcdefghijkl");
    CHECK((cut.pieces == 13 && cut.ids.size() == 7 && cut.ids.back() == Bpe::end));
    std::string longest;
    for (int i = 0; i < 100000; ++i) longest += "word ";
    CHECK(encode_source(o, text::clean_line(longest, "text", 1)).pieces == 500000);
    CHECK(first_sentence("Is it? Yes. No") == "Is it?");
    CHECK(first_sentence("version 1.2 of it") == "version 1.2 of it");
    CHECK(first_sentence("").empty());
}

TEST_CASE("summarise: learns to copy what is marked, is stopped and resumed on two threads, and shows what it copied",
          "[summarise][slow]") {
    const TemporaryFolder folder;
    put_texts(folder, "train", 1, 2000);
    put_texts(folder, "dev", 2, 60);
    REQUIRE(train(config_of(folder, 500), {.folder = folder / "run"}) == 0);
    const auto saved = training::open_model<Model>(folder / "run");
    const std::vector<text::TextPair> dev = models::read_dev(config_of(folder, 1), {});
    const double greedy = measure(saved.model, saved.options, dev, {.beam = 1}).scores().l;
    CHECK(greedy > 90);
    CHECK(measure(saved.model, saved.options, dev, {}).scores().l >= greedy);
    CHECK(measure_first_sentences(dev).scores().l < 60);

    const std::string text = "mipo < taku belo > nasi";
    const std::vector<Summary> found = summarise(saved.model, saved.options, {"", text}, {});
    CHECK((found[0].text.empty() && found[1].text == "taku belo"));
    CHECK(with_marks(saved.model, saved.options, text, found[1], "[", "]") == "[taku] [belo]");
    CHECK(with_marks(saved.model, saved.options, "", found[0], "[", "]").empty());
    put(folder / "texts", text + "\n\n" + text + "\n");
    PredictOptions options{{.folder = folder / "run"}};
    options.file = folder / "texts", options.marks = "always";
    CHECK(printed(folder, [&] { CHECK(predict(options) == 0); }) == "[taku] [belo]\n\n[taku] [belo]\n");
    put(folder / "texts", text + "\n\xff\n");
    CHECK_THAT(error_of<FileError>([&] { predict(options); }), Containing(":2: byte 1 of the line is not UTF-8"));
    put(folder / "texts", "");
    CHECK_THAT(error_of<program::InputError>([&] { predict(options); }), Containing("is empty; expected a text"));

    program::AttendOptions attention{.folder = folder / "run", .input = text, .html = folder / "page.html"};
    CHECK(attend(attention) == 0);
    for (const char* part : {"taku belo", "source pieces", "point"})
        CHECK_THAT(content_of(folder / "page.html"), Containing(part));
    attention.input = " ";
    CHECK_THAT(error_of<program::InputError>([&] { attend(attention); }), StartsWith("the text is empty"));

    const Options shorter = config_of(folder, 40);
    REQUIRE(train(shorter, {.folder = folder / "whole"}) == 0);
    CHECK(test::best_of_stopped_run(shorter, folder / "stopped") == content_of(folder / "whole/best.safetensors"));
    CHECK(content_of(folder / "stopped/model.safetensors") == content_of(folder / "whole/model.safetensors"));
}

TEST_CASE("summarise: what cannot be trained on or opened is refused", "[summarise]") {
    const TemporaryFolder folder;
    put_texts(folder, "train", 1, 60);
    put_texts(folder, "dev", 2, 10);
    Options config = config_of(folder, 1);
    config.model.longest = 1;
    CHECK_THAT(error_of<FileError>([&] { train(config, {.folder = folder / "run"}); }),
               Containing("every summary has more than 1 pieces"));
    nn::Checkpoint file;
    file.notes["model"] = R"({"program": "translate"})";
    std::filesystem::create_directories(folder / "model");
    file.save(folder / "model/model.safetensors");
    CHECK_THAT(error_of<FileError>([&] { training::open_model<Model>(folder / "model"); }),
               Containing("another program"));
}

}  // namespace heed::summarise
