// translate as a whole: its batches, its models, its search against a plain one, and a run that is stopped and resumed.
#include <algorithm>
#include <array>
#include <cmath>
#include <heed/core/base/random.hpp>
#include <heed/examples/models/pair_data.hpp>
#include <heed/examples/translate/commands.hpp>
#include <heed/examples/translate/metrics.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/model_file.hpp>
#include <heed/tests/changed_data.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

namespace heed::translate {
namespace {

Ints row_of(const Ids& ids) {
    Ints x = Ints::from_shape({1, static_cast<Dim>(ids.size())});
    std::copy(ids.begin(), ids.end(), x.data());
    return x;
}

// Log-probabilities of the piece after `predicted`, from all positions at once.
std::vector<double> after(const Model& model, const Ids& source, const Ids& predicted) {
    Ids previous{Bpe::begin};
    previous.insert(previous.end(), predicted.begin(), predicted.end());
    const Var logits = model(row_of(source), heed::Ints{static_cast<Dim>(source.size())}, row_of(previous));
    return elements(log_softmax(pick(pick(logits, 0, 0), 0, logits.dim(1) - 1)).value());
}

// The search as it is described, one sentence at a time and without a cache.
Ids plain_search(const Model& model, const Ids& source, std::size_t beam, double penalty) {
    std::vector<std::pair<double, Ids>> open{{0, {}}}, done;
    const std::size_t longest = source.size() + source.size() / 2 + 10;
    const auto goes_on = [&] {
        if (done.size() < beam) return true;
        const auto& [score, predicted] = open.front();
        return beam > 1 &&
               score / std::pow(static_cast<double>(predicted.size() + 1), penalty) > std::ranges::max(done).first;
    };
    while (goes_on() && open.front().second.size() < longest) {
        std::vector<std::pair<double, Ids>> all;
        for (const auto& [score, predicted] : open) {
            const std::vector<double> log_p = after(model, source, predicted);
            for (std::size_t v = Bpe::end; v < log_p.size(); ++v) {
                all.emplace_back(score + log_p[v], predicted);
                all.back().second.push_back(static_cast<Dim>(v));
            }
        }
        std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        open.clear();
        for (std::size_t i = 0; i < 2 * beam && open.size() < beam; ++i) {
            auto& [score, predicted] = all[i];
            if (predicted.back() != Bpe::end) open.push_back(all[i]);
            else if (i < beam)
                done.emplace_back(score / std::pow(static_cast<double>(predicted.size()), penalty),
                                  Ids(predicted.begin(), predicted.end() - 1));
        }
    }
    if (done.empty()) return open.front().second;
    return std::max_element(done.begin(), done.end(), [](const auto& a, const auto& b) { return a.first < b.first; })
        ->second;
}

Model small(const char* kind, std::uint64_t seed, nn::Params& params) {
    params = nn::Params(seed);
    return Model(params,
                 {{.vocabulary = 12}, {.layers = 2, .heads = 2, .width = 16, .hidden = 16, .dropout = 0.1}, kind});
}

// Numbers in words (the source), and their digits in reverse order (the target).
void put_parallel(const TemporaryFolder& folder, const std::string& name, int from, int to) {
    const std::array words{"null", "eins", "zwei", "drei", "vier"};
    std::string source, target;
    for (int i = from; i < to; ++i) {
        std::string sentence, right;
        for (int n = i; n > 0; n /= 5) {
            sentence = words[static_cast<std::size_t>(n % 5)] + (sentence.empty() ? "" : " " + sentence);
            right += {static_cast<char>('0' + n % 5), ' '};
        }
        source += sentence + "\n";
        target += right + "\n";
    }
    put(folder / (name + ".words"), source);
    put(folder / (name + ".digits"), target);
}

Options config_of(const TemporaryFolder& folder, const char* kind, Dim steps) {
    Options c;
    c.source = folder / "train.words", c.target = folder / "train.digits", c.dev_source = folder / "dev.words",
    c.dev_target = folder / "dev.digits";
    c.vocabulary = 280;
    c.model = {{}, {.layers = 1, .heads = 2, .width = 32, .hidden = 32, .dropout = 0}, kind};
    c.tokens = 256, c.lr = 1e-2, c.warmup = 10, c.ema = 0.9, c.steps = steps;
    return c;
}

// Of a text of 200 sentences alone, which the run splits itself.
Options without_dev(const TemporaryFolder& folder, Dim steps) {
    put_parallel(folder, "train", 1, 201);
    Options c = config_of(folder, "gru", steps);
    c.dev_source.clear(), c.dev_target.clear();
    return c;
}

}  // namespace

TEST_CASE("translate: a batch holds each target position once", "[translate]") {
    const text::PairBatch b =
        text::make_batch(std::vector<data::RowPair>{{{5, Bpe::end}, {8, 9, 8}}, {{5, 6, Bpe::end}, {7}}});
    const auto all = [](const Ints& x) { return Ids(x.storage().cbegin(), x.storage().cend()); };
    CHECK(all(b.source) == Ids{5, 2, 0, 5, 6, 2});
    CHECK(all(b.lengths) == Ids{2, 3});
    CHECK(all(b.previous) == Ids{1, 8, 9, 8, 1, 7, 0, 0});
    CHECK(all(b.positions) == Ids{0, 1, 2, 3, 4, 5});
    CHECK(all(b.wanted) == Ids{8, 9, 8, 2, 7, 2});
    nn::Params params;
    for (const char* kind : {"transformer", "gru"}) {
        const Model model = small(kind, 1, params);
        const Var logits = model(b.source, b.lengths, b.previous);
        const heed::Ints labels{{8, 9, 8, 2}, {7, 2, -100, -100}};
        CHECK(model.loss(b, 0.1).item() ==
              Approx(cross_entropy(logits, labels, {.smoothing = 0.1}).item()).epsilon(1e-6));
    }
    CHECK_THAT(text_of([&] { small("lstm", 1, params); }),
               Containing("there is no model 'lstm'; expected gru or transformer"));
}

TEST_CASE("translate: the search finds what a plain one finds, for any number of sentences at once", "[translate]") {
    std::vector<Ids> sources;
    for (std::uint64_t i = 0; i < 7; ++i) {
        Ids& ids = sources.emplace_back();
        for (std::uint64_t k = 0; k < 1 + i % 4; ++k)
            ids.push_back(3 + static_cast<Dim>(RandomStream(Key{2, i}, 0).bits(k) % 9));
        ids.push_back(Bpe::end);
    }
    nn::Params params;
    for (const char* kind : {"transformer", "gru"}) {
        for (const std::uint64_t seed : {3u, 4u}) {
            const Model model = small(kind, seed, params);
            for (const SearchOptions o :
                 {SearchOptions{.beam = 1}, SearchOptions{.beam = 3}, SearchOptions{.beam = 3, .length_penalty = -1}}) {
                CAPTURE(kind, seed, o.beam, o.length_penalty);
                const std::vector<Ids> predicted = translate(model, sources, o);
                for (std::size_t i = 0; i < sources.size(); ++i)
                    CHECK(predicted[i] ==
                          plain_search(model, sources[i], static_cast<std::size_t>(o.beam), o.length_penalty));
                CHECK(translate(model, sources, {.beam = o.beam, .length_penalty = o.length_penalty, .at_once = 2}) ==
                      predicted);
            }
        }
    }
    const Model model = small("transformer", 1, params);
    CHECK(translate(model, {}, {}).empty());
    CHECK_THAT(text_of([&] { translate(model, sources, {.beam = 0}); }),
               Containing("option 'width' is 0; expected 1 or more"));
}

TEST_CASE("translate: learns a code, is stopped and resumed on two threads, and keeps what it learnt",
          "[translate][slow]") {
    const TemporaryFolder folder;
    put_parallel(folder, "train", 1, 625);
    put_parallel(folder, "dev", 100, 140);
    for (const char* kind : {"transformer", "gru"}) {
        CAPTURE(kind);
        const Options config = config_of(folder, kind, 600);
        REQUIRE(train(config, {.folder = folder / kind}) == 0);
        const auto saved = training::open_model<Model>(folder / kind);
        CHECK_THAT(content_of(folder / kind + std::string("/result.json")), Containing("\"metric\": \"bleu\""));
        CHECK(measure(saved.model, saved.options.bpe, read_dev(config, {}), {}, {}).score() > 60);
        const std::vector<std::string> predicted =
            translate_text(saved.model, saved.options.bpe, {"", "vier drei zwei", ""}, {});
        CHECK((predicted[0].empty() && !predicted[1].empty() && predicted[2].empty()));

        program::AttendOptions attention{.folder = folder / kind,
                                         .input = "vier drei zwei",
                                         .html = folder / "page.html"};
        CHECK(attend(attention) == 0);
        for (const std::string& part : {std::string("vier drei zwei"), std::string("source pieces"), predicted[1]})
            CHECK_THAT(content_of(folder / "page.html"), Containing(part));
        attention.input = " ";
        CHECK_THAT(error_of<program::InputError>([&] { attend(attention); }), StartsWith("the sentence is empty"));
    }
    const Options shorter = config_of(folder, "transformer", 40);
    REQUIRE(train(shorter, {.folder = folder / "whole"}) == 0);
    CHECK(test::best_of_stopped_run(shorter, folder / "stopped") == content_of(folder / "whole/best.safetensors"));
    CHECK(content_of(folder / "stopped/model.safetensors") == content_of(folder / "whole/model.safetensors"));
}

TEST_CASE(
    "translate: a run whose text changed is refused, or continues with the pieces and the split that it began with",
    "[translate]") {
    const TemporaryFolder folder;
    Options config = without_dev(folder, 3);
    CHECK(test::resume_with_changed_data(
              config, folder / "run", [&] { put_parallel(folder, "train", 1, 211); },
              "the data changed since the run began: 14 pairs held out, 4 before.") == "");
    CHECK(read_dev(config, {}, 196).size() == 14);
    const auto saved = training::open_model<Model>(folder / "run");
    put_parallel(folder, "train", 2, 202);
    CHECK_THAT(
        error_of<FileError>(
            [&] { train(program::read_options<Options>(folder / "run"), {.folder = folder / "run", .resume = true}); }),
        Containing(
            "196 pairs to train on, as many as before, but others or in another order; 4 pairs held out, 14 before"));

    // An older run did not write down its data: it continues with the pieces of the model that it left.
    std::filesystem::remove(folder / "run/data.json");
    config.steps = 7;
    REQUIRE(train(config, {.folder = folder / "run", .resume = true}) == 0);
    CHECK(training::open_model<Model>(folder / "run").options.bpe.merges() == saved.options.bpe.merges());
    CHECK_FALSE(training::open_model<Model>(folder / "run").options.bpe.merges().empty());
}

TEST_CASE(
    "translate: a fiftieth is held out where nothing else is given, and what cannot be trained on or loaded is refused",
    "[translate]") {
    const TemporaryFolder folder;
    Options config = without_dev(folder, 1);
    const models::PairData data = read_data(config, {});
    CHECK((data.train.count == 196 && data.dev.size() == 4));
    CHECK(data.dev.back().target == "0 0 3 1");
    const Bpe bpe(data.merges);
    const data::RowPairs samples = samples_of(data, config, config.longest);
    const text::TextPairs text = text::read_pairs(config.source, config.target);
    for (std::size_t n = 0; n < samples.size(); ++n) {
        CHECK(samples.at(n).source == encode_source(bpe, text.pairs[n].source));
        CHECK(samples.at(n).target == bpe.encode(text.pairs[n].target));
    }
    const program::Launch kept{.prepared = folder / "prepared"};
    for (int i = 0; i < 2; ++i) {
        const models::PairData again = read_data(config, kept);
        CHECK(again.merges == data.merges);
        CHECK(again.train == data.train);
        CHECK((again.dev.size() == 4 && again.dev.back().source == data.dev.back().source));
        CHECK(again.prepared.ids().ids().vector() == data.prepared.ids().ids().vector());
    }
    CHECK(std::distance(std::filesystem::directory_iterator(kept.prepared), std::filesystem::directory_iterator()) ==
          1);
    config.longest = 1, config.vocabulary = Bpe::first_merge;
    CHECK_THAT(error_of<FileError>([&] { train(config, {.folder = folder / "run"}); }),
               Containing("every sentence has more than 1 pieces"));
    put_parallel(folder, "train", 1, 40);
    CHECK_THAT(error_of<FileError>([&] { read_data(config, {}); }),
               Containing("39 pairs are too few to hold out a fiftieth of them"));

    std::filesystem::create_directories(folder / "model");
    const auto refuse = [&](const std::string& note, const Ints& merges) {
        nn::Checkpoint file;
        file.notes["model"] = note;
        file.put("merges", merges);
        file.save(folder / "model/model.safetensors");
        return error_of<FileError>([&] { training::open_model<Model>(folder / "model"); });
    };
    const std::string note =
        R"({"program": "translate", "kind": "gru", "width": 8, "layers": 1, "heads": 1, "hidden": 8, "dropout": 0})";
    CHECK_THAT(refuse(R"({"program": "pronounce"})", heed::Ints{{3, 4}}), Containing("another program"));
    CHECK_THAT(refuse(note, heed::Ints{3, 4}), Containing("its merges have shape (2); expected (n, 2)"));
    CHECK_THAT(refuse(note, heed::Ints{{3, 300}}), Containing("its merges make no pieces"));
    CHECK_THAT(refuse(R"({"program": "translate"})", heed::Ints{{3, 4}}), Containing("lacks the field 'model'"));
    CHECK_THAT(refuse(note, heed::Ints{{3, 4}}), Containing("model.table"));
}

}  // namespace heed::translate
