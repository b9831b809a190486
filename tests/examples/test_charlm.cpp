// charlm: its text, its choices, its model step by step, and a training run on a text that repeats itself.
#include <cmath>
#include <map>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/random.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/charlm/commands.hpp>
#include <heed/examples/charlm/metrics.hpp>
#include <heed/examples/charlm/sample.hpp>
#include <heed/examples/charlm/train.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/changed_data.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/packed.hpp>
#include <heed/tests/tools.hpp>

namespace heed::charlm {
namespace {

std::string rhyme(int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += i % 3 ? "ein männlein steht im walde\n" : "ganz still und stumm\n";
    return text;
}

Options small(const std::string& data, Dim steps) {
    Options c;
    c.data = data;
    c.batch = 8;
    c.model = {.block = 16, .width = 16, .layers = 2, .heads = 2};
    c.lr = 1e-2;
    c.warmup = 5;
    c.steps = steps;
    return c;
}

}  // namespace

TEST_CASE("charlm: a text is its characters, in UTF-8 or not at all", "[charlm]") {
    const text::Vocabulary alphabet = text::characters_of("naïve ßn€");
    CHECK(alphabet.symbols() == std::vector<std::string>{" ", "a", "e", "n", "v", "ß", "ï", "€"});
    CHECK(encode(alphabet, "€na", "here") == Ids{7, 3, 1});
    const std::string refused = error_of<program::InputError>([&] { encode(alphabet, "na\x1bx", "here"); });
    CHECK_THAT(refused, StartsWith("here: character '\\x1b' at byte 2 does not occur"));
    CHECK_THROWS_AS(alphabet.symbol(8), RangeError);
    const TemporaryFolder folder;
    put(folder / "text", "\xef\xbb\xbfö\n");
    CHECK(text::read_text(folder / "text") == "ö\n");
    put(folder / "text", "ab\xff");
    CHECK_THAT(error_of<FileError>([&] { text::read_text(folder / "text"); }), Containing("byte 2: this is not UTF-8"));
    CHECK_THROWS_AS(text::read_text(folder / "none"), FileError);
    for (const Dim n : {0, 1, 9, 10, 19, 1115394}) CHECK(cut_of(n) == n * 9 / 10);
}

TEST_CASE("charlm: the default prompt is one that the model knows", "[charlm]") {
    CHECK(default_prompt(text::characters_of("a b\n")) == "\n");
    CHECK(default_prompt(text::characters_of("a b")) == " ");
    CHECK(default_prompt(text::characters_of("babé")) == "a");
}

TEST_CASE("charlm: windows depend on seed and number only, and stay inside the text", "[charlm]") {
    Ids ids(40);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(i);
    std::map<std::int64_t, int> starts;
    for (Dim n = 0; n < 50; ++n) {
        const Windows w = random_windows(ids, 4, 8, 1, n);
        CHECK(w.text.storage() == random_windows(ids, 4, 8, 1, n).text.storage());
        for (Dim i = 0; i < 4; ++i) {
            ++starts[w.text(i, 0)];
            for (Dim t = 0; t < 8; ++t) CHECK(w.text(i, t) + 1 == w.next(i, t));
        }
    }
    CHECK(starts.begin()->first == 0);
    CHECK(starts.rbegin()->first == 31);
    CHECK_THROWS_AS(random_windows(ids, 4, 40, 1, 0), RangeError);
}

TEST_CASE("charlm: a choice follows its temperature, top k and top p", "[charlm]") {
    std::vector<Real> logits;
    for (const double weight : {1, 2, 5, 2}) logits.push_back(static_cast<Real>(std::log(weight)));
    const auto shares = [&](const SampleOptions& o) {
        std::vector<int> seen(4);
        for (int i = 0; i < 1000; ++i) ++seen[static_cast<std::size_t>(sample(logits, o, (i + 0.5) / 1000))];
        return seen;
    };
    CHECK(shares({.temperature = 1}) == std::vector<int>{100, 200, 500, 200});
    CHECK(shares({.temperature = 0}) == std::vector<int>{0, 0, 1000, 0});
    CHECK(shares({.temperature = 0.5}) == std::vector<int>{29, 118, 735, 118});  // weights 1 4 25 4
    CHECK(shares({.temperature = 1, .top_k = 2}) == std::vector<int>{0, 286, 714, 0});
    CHECK(shares({.temperature = 1, .top_p = 0.6}) == std::vector<int>{0, 286, 714, 0});
    CHECK(shares({.temperature = 1, .top_p = 0.5}) == std::vector<int>{0, 0, 1000, 0});
    CHECK_THROWS_AS(sample({}, {}, 0.5), RangeError);
    for (const SampleOptions& bad : {SampleOptions{-1, 0, 1}, {1, -1, 1}, {1, 0, 0}, {1, 0, 1.5}, {std::nan(""), 0, 1}})
        CHECK_THROWS_AS(sample(logits, bad, 0.5), RangeError);
}

TEST_CASE(
    "charlm: step by step gives the bits that all positions give at once; a later character changes no earlier one",
    "[charlm]") {
    const nn::Params params(3);
    const Model model(params, {.symbols = utf8::code_points("abcdefg"), .width = 16, .layers = 2, .heads = 2});
    heed::Ints text{{1, 2, 3, 4, 5, 6, 0, 1}};
    const Var whole = model(text);
    nn::StackCache cache;
    for (Dim t = 0; t < 8; ++t) {
        heed::Ints one = heed::Ints::from_shape({1, 1});
        one.data()[0] = text(0, t);
        CHECK(model.next(one, cache).value().storage() == slice(whole, 1, t, t + 1).value().storage());
    }
    text(0, 5) = 2;
    CHECK(slice(model(text), 1, 0, 5).value().storage() == slice(whole, 1, 0, 5).value().storage());
    CHECK_FALSE(model(text).value().storage() == whole.value().storage());
}

TEST_CASE("charlm: measuring counts each character once", "[charlm]") {
    const nn::Params params(3);
    const Model model(params, {.symbols = utf8::code_points("abcde"), .width = 8, .layers = 1, .heads = 2});
    Ids ids;
    for (int i = 0; i < 50; ++i) ids.push_back(i * i % 5);
    const Score score = measure(model, ids, 8, 8, 100);
    CHECK(score.characters == 48);
    double nats = 0;
    for (std::size_t start = 0; start < 48; start += 8) {
        const Windows w = windows_at(ids, {start}, 8);
        const Var logs = log_softmax(model(w.text));
        for (Dim t = 0; t < 8; ++t) nats -= static_cast<double>(logs.value()(0, t, w.next(0, t)));
    }
    CHECK(score.nats == Approx(nats).epsilon(1e-5));
    CHECK(measure(model, ids, 8, 4, 100).characters == 44);
    CHECK(measure(model, ids, 8, 8, 2).characters == 16);
    CHECK_THROWS_AS(measure(model, Ids(8), 8, 8, 1), program::InputError);
}

TEST_CASE("charlm: a text is prepared once, and its ids, its parts and their hashes are those of the text",
          "[charlm]") {
    const TemporaryFolder folder;
    std::string text = "\xef\xbb\xbf";
    for (int i = 0; i < 60000; ++i) text += i % 7 == 0 ? "€" : i % 5 == 0 ? "ß" : "ab \n";
    put(folder / "text", text);
    put_packed(folder / "packed.gz", text);
    text.erase(0, 3);
    const text::Vocabulary alphabet = text::characters_of(text);
    const Ids ids = encode(alphabet, text, "text");
    const Dim n = static_cast<Dim>(ids.size());
    const std::string prepared = folder / "prepared";
    for (const std::string& path : {folder / "text", folder / "packed.gz"}) {
        for (const program::Launch& launch :
             {program::Launch{}, program::Launch{.prepared = prepared}, program::Launch{.prepared = prepared}}) {
            const Corpus corpus = read_corpus(path, launch);
            CHECK(corpus.symbols == alphabet.symbols());
            CHECK(corpus.data.ids().ids().vector() == ids);
            CHECK(corpus.train.size() == cut_of(n));
            CHECK(corpus.held_out.vector() == Ids(ids.begin() + cut_of(n), ids.end()));
            std::string first, rest;
            for (Dim i = 0; i < n; ++i)
                (i < cut_of(n) ? first : rest) += alphabet.symbol(ids[static_cast<std::size_t>(i)]);
            CHECK(corpus.train_text() == program::Examples{cut_of(n), hash_text(first)});
            CHECK(corpus.held_out_text() == program::Examples{n - cut_of(n), hash_text(rest)});
        }
    }
    const auto files = [&] {
        return std::distance(std::filesystem::directory_iterator(prepared), std::filesystem::directory_iterator());
    };
    CHECK(files() == 2);
    const std::vector<std::string> more{"a", "b", " ", "\n", "ß", "€", "z"};
    const Corpus other = read_corpus(folder / "text", {.prepared = prepared}, {.cut = 5, .symbols = more});
    CHECK(other.train.size() == 5);
    CHECK(other.symbols.size() == 7);
    CHECK(files() == 3);
}

TEST_CASE("charlm: prepared data of a text that changed are refused; a touched one is read again", "[charlm]") {
    const TemporaryFolder folder;
    const std::string text = rhyme(20000), path = folder / "text";
    put(path, text);
    const program::Launch launch{.prepared = folder / "prepared"};
    const Ids ids = read_corpus(path, launch).train.vector();
    put(path, text);  // another time
    CHECK(read_corpus(path, launch).train.vector() == ids);
    std::string changed = text;
    changed[5000] = 'x';  // between the blocks of the sample
    put(path, changed);
    CHECK_THAT(error_of<data::ChangedError>([&] { read_corpus(path, launch); }),
               StartsWith(path + ": changed since it was prepared: remove " + folder.path() + "/prepared/charlm-"));
    put(path, text + "x");  // another text
    CHECK(read_corpus(path, launch).held_out.size() > 0);

    std::filesystem::permissions(folder.path(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    CHECK(read_corpus(path, launch).held_out.size() > 0);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    put(folder / "file", "");
    CHECK_THAT(error_of<IoError>([&] { read_corpus(path, {.prepared = folder / "file" + "/x"}); }),
               Containing("the folder for prepared data cannot be made"));
}

TEST_CASE("charlm: learns a rhyme, with the same bits on one thread and two", "[charlm]") {
    const TemporaryFolder folder;
    put(folder / "text", rhyme(200));
    std::string models[2];
    for (int threads : {1, 2}) {
        set_threads(threads);
        const std::string out = folder / std::to_string(threads);
        REQUIRE(train(small(folder / "text", 150), {.folder = out}) == 0);
        models[threads - 1] = content_of(out + "/model.safetensors");
    }
    set_threads(1);
    CHECK(models[0] == models[1]);
    const auto trained = training::open_model<Model>(folder / "1");
    CHECK(measure(trained.model, read_corpus(folder / "text", {}).held_out, 16, 16, 100).mean() < 0.6);
    CHECK_THAT(content_of(folder / "1/result.json"), Containing("\"metric\": \"nats\""));

    CHECK(evaluate({{{folder / "1"}, "bfloat16"}, folder / "text"}) == 0);
    CHECK(predict({{{folder / "1"}, "int8"}, "ganz", 20}) == 0);

    program::AttendOptions attention{.folder = folder / "1", .input = "ganz still und", .html = folder / "page.html"};
    CHECK(attend(attention) == 0);
    for (const char* part : {"layers.1.attend", "characters", "most likely continues with"})
        CHECK_THAT(content_of(folder / "page.html"), Containing(part));
    attention.input = "ganz still und stumm";
    CHECK_THAT(error_of<program::InputError>([&] { attend(attention); }),
               StartsWith("the text has 20 characters; expected 1 to 16"));
    attention.input = "GANZ";
    CHECK_THAT(error_of<program::InputError>([&] { attend(attention); }), StartsWith("TEXT: character 'G' at byte 0"));

    put(folder / "short", "abc");
    const std::string few =
        error_of<FileError>([&] { train(small(folder / "short", 5), {.folder = folder / "other"}); });
    CHECK_THAT(few, Containing("too few for windows of 16"));
    nn::Checkpoint other;
    other.notes["model"] = R"({"program": "pronounce"})";
    other.save(folder / "1/model.safetensors");
    CHECK_THAT(error_of<FileError>([&] { training::open_model<Model>(folder / "1"); }), Containing("another program"));
}

TEST_CASE(
    "charlm: a run whose text changed is refused, or continues with the alphabet and the split that it began with",
    "[charlm]") {
    const TemporaryFolder folder;
    const std::string text = rhyme(40);
    put(folder / "text", text);
    const auto change_to = [&](const std::string& now) { return [&folder, now] { put(folder / "text", now); }; };
    const Dim all = static_cast<Dim>(utf8::columns(text)), n = cut_of(all), m = all - n;
    CHECK(test::resume_with_changed_data(
              small(folder / "text", 3), folder / "run", change_to(text + "ganz still und stumm\n"),
              fmt::format("the data changed since the run began: {} characters held out, {} before.", m + 21, m)) ==
          "");
    CHECK(nlohmann::json::parse(content_of(folder / "run/data.json")).at("train").at("count") == n);

    put(folder / "text", text);
    const std::string unknown =
        test::resume_with_changed_data(small(folder / "text", 3), folder / "other", change_to("X" + text),
                                       fmt::format("{} characters to train on, as many as before, but others", n));
    CHECK_THAT(unknown, Containing("character 'X' at byte 0 does not occur in the model's training text"));
}

}  // namespace heed::charlm
