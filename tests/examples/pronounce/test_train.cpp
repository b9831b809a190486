// pronounce end to end on a language that is learnt in seconds: each letter has one phone.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/random.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/pronounce/commands.hpp>
#include <heed/examples/pronounce/metrics.hpp>
#include <heed/examples/pronounce/search.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/changed_data.hpp>

namespace heed::pronounce {
namespace {

namespace fs = std::filesystem;

struct Folder {
    fs::path path = fs::temp_directory_path() / fmt::format("heed-pronounce-{}", ::getpid());
    Folder() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() { fs::remove_all(path); }
};

// `n` words of two to six letters; a vowel after another is silent, so that the model has to attend to neighbours.
std::string toy_dictionary(int n) {
    const std::string letters = "abdegiklmnopst", vowels = "aeio";
    const RandomStream random(Key{7, 0}, 1);
    std::string text;
    std::uint64_t at = 0;
    for (int word = 0; word < n; ++word) {
        std::string spelling, phones;
        const std::uint64_t length = 2 + random.bits(at++) % 5;
        for (std::uint64_t i = 0; i < length; ++i) {
            const char c = letters[random.bits(at++) % letters.size()];
            const bool silent = !spelling.empty() && vowels.find(c) != std::string::npos &&
                                vowels.find(spelling.back()) != std::string::npos;
            spelling += c;
            if (!silent)
                phones += fmt::format(" {}{}", static_cast<char>(c - 'a' + 'A'), static_cast<char>(c - 'a' + 'A'));
        }
        text += spelling + " " + phones + "\n";
    }
    return text;
}

Options small_config(const fs::path& data, Dim steps, const std::string& model) {
    Options c;
    c.model.model = model;
    c.model.layers = 2;
    c.data = data.string();
    c.hold_out_test = true;
    c.batch = 32;
    c.model.embedding = 16;
    c.model.width = 32;
    c.model.dropout = 0.1;
    c.lr = model == "gru" ? 1e-2 : 3e-3;
    c.warmup = 50;
    c.steps = steps;
    return c;
}

ModelOptions tiny(const std::string& model) {
    return {.letters = utf8::code_points("abcdefg"),
            .phones = utf8::code_points("ABCDEF"),
            .model = model,
            .embedding = 8,
            .width = 16,
            .layers = 2};
}

std::string bytes(const fs::path& path) {
    const std::vector<std::byte> content = io::read_file(path.string(), std::uint64_t{1} << 30);
    return {reinterpret_cast<const char*>(content.data()), content.size()};
}

// The bytes of the model that `steps` steps in folder `name` make.
std::string model_after(const fs::path& root, const std::string& name, Dim steps, int n_threads,
                        const std::string& model) {
    fs::create_directories(root / name);
    set_threads(n_threads);
    REQUIRE(train(small_config(root / "toy.dict", steps, model), {.folder = root / name}) == 0);
    set_threads(1);
    return bytes(root / name / "model.safetensors");
}

}  // namespace

TEST_CASE("pronounce: learns a toy language, and the model is read back", "[pronounce][slow]") {
    const auto [model, steps] = GENERATE(table<const char*, Dim>({{"gru", 400}, {"transformer", 600}}));
    const Folder folder;
    std::ofstream(folder.path / "toy.dict") << toy_dictionary(1500);
    model_after(folder.path, "run", steps, 1, model);
    const auto trained = training::open_model<Model>(folder.path / "run");
    const Vocabulary letters(trained.options.letters), phones(trained.options.phones);
    const std::vector<Entry> test = select(read_dictionary(folder.path / "toy.dict"), Part::test);
    std::vector<PhoneIds> words;
    for (const Entry& entry : test) {
        CHECK_FALSE(trained.options.was_seen(entry.word));
        words.push_back(encode_word(letters, entry.word));
    }
    REQUIRE(words.size() > 30);
    for (const Dim beam : {1, 3}) {
        Score score;
        const std::vector<PhoneIds> predicted = pronounce(trained.model, words, beam);
        for (std::size_t i = 0; i < test.size(); ++i) score.add(test[i], decode_phones(phones, predicted[i]));
        CHECK(score.word_error_rate() < 0.3);
    }
    const std::vector<double> weights = align(trained.model, words[0], {3, 4});
    REQUIRE(weights.size() == 3 * words[0].size());
    for (std::size_t row = 0; row < 3; ++row) {
        double sum = 0;
        for (std::size_t i = 0; i < words[0].size(); ++i) sum += weights[row * words[0].size() + i];
        CHECK(sum == Approx(1).epsilon(1e-5));
    }

    const fs::path html = folder.path / "page.html", svg = folder.path / "page.svg",
                   bertviz = folder.path / "page.json";
    CHECK(attend({.folder = folder.path / "run", .input = "bad", .html = html, .svg = svg, .bertviz = bertviz}) == 0);
    const std::string page = bytes(html), shown_first = std::string(model) == "gru" ? "\"layer\":0," : "\"layer\":5,";
    CHECK(page.find("How \\u201cbad\\u201d was read") != std::string::npos);
    CHECK(page.find(shown_first) != std::string::npos);
    CHECK(bytes(svg).find("attention of the phones over the letters") != std::string::npos);
    CHECK(bytes(bertviz).find("\"right_text\":[\"b\",\"a\",\"d\",\"·\"]") != std::string::npos);
    CHECK_THROWS_AS(attend({.folder = folder.path / "run", .input = "bäd", .html = html}), UnknownLetter);

    CHECK(bytes(folder.path / "run" / "result.json").find("\"metric\": \"wer\"") != std::string::npos);
}

TEST_CASE("pronounce: the same bits with one thread and two, and after a stop and a resume", "[pronounce]") {
    const std::string model = GENERATE("gru", "transformer");
    const Folder folder;
    std::ofstream(folder.path / "toy.dict") << toy_dictionary(300);
    const std::string whole = model_after(folder.path, "whole", 30, 1, model);
    CHECK(model_after(folder.path, "two-threads", 30, 2, model) == whole);

    const fs::path resumed = folder.path / "resumed";
    fs::create_directories(resumed);
    std::thread stopper([&] {  // as soon as there is a checkpoint, the run is asked to end
        while (!fs::exists(resumed / "checkpoint.safetensors"))
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ::kill(::getpid(), SIGTERM);
    });
    const int code =
        train(small_config(folder.path / "toy.dict", 30, model), {.folder = resumed, .save_seconds = 1e-9});
    stopper.join();
    REQUIRE(code == 143);
    CHECK_FALSE(fs::exists(resumed / "model.safetensors"));
    CHECK(program::read_options<Options>(resumed).model.model == model);
    REQUIRE(train(program::read_options<Options>(resumed), {.folder = resumed, .resume = true}) == 0);
    CHECK(bytes(resumed / "model.safetensors") == whole);
}

TEST_CASE(
    "pronounce: a run whose dictionary changed is refused, or continues with the letters and phones that it began with",
    "[pronounce]") {
    const Folder folder;
    const fs::path dictionary = folder.path / "toy.dict";
    const auto put_words = [&](const std::string& more) { std::ofstream(dictionary) << toy_dictionary(100) << more; };
    const auto resumed = [&](const char* name, const std::string& more, const std::string& refusal) {
        put_words("");
        fs::create_directories(folder.path / name);
        return test::resume_with_changed_data(
            small_config(dictionary, 3, "gru"), folder.path / name, [&] { put_words(more); }, refusal);
    };
    const std::string one_more = "since the run began: 97 words to train on, 96 before. Put";
    CHECK(resumed("run", "mabosta MM AA BB OO SS TT AA\n", one_more) == "");
    CHECK_THAT(resumed("letter", "zabosta AA\n", one_more),
               Containing("letter 'z' of word 'zabosta' does not occur in the model's training data"));
    CHECK_THAT(resumed("phone", "mabosta ZZ\n", one_more),
               Containing("phone 'ZZ' of word 'mabosta' does not occur in the model's training data"));
}

TEST_CASE("pronounce: hypotheses of a batch do not depend on their neighbours", "[pronounce]") {
    nn::Params params(3);
    const Model model(params, tiny(GENERATE("gru", "transformer")));
    const std::vector<PhoneIds> words{{3, 4, 5, 1}, {6, 1}, {7, 8, 9, 3, 4, 5, 1}};
    for (const Dim beam : {1, 2, 4}) {
        const std::vector<PhoneIds> together = pronounce(model, words, beam);
        for (std::size_t i = 0; i < words.size(); ++i) CHECK(pronounce(model, {words[i]}, beam).front() == together[i]);
    }
    CHECK_THROWS_WITH(pronounce(model, words, 0), StartsWith("beam_search: option 'width' is 0"));
}

TEST_CASE("pronounce: a decoder's steps give the bits that all of them give at once", "[pronounce]") {
    nn::Params params(3);
    const Model model(params, tiny(GENERATE("gru", "transformer")));
    const std::vector<Sample> data{{{3, 4, 5, 2}, {5, 6, 7, 3, 8}}, {{6, 2}, {4, 4, 3, 3, 5}}};
    const Batch batch = make_batch(data);
    const Var whole = log_softmax(model(batch));
    Ints rows{1, 0};
    Model::State state = model.start(batch.source, batch.lengths);
    for (Dim t = 0; t < batch.previous.shape()[1]; ++t) {
        Ints previous = Ints::from_shape({2});
        const bool turned = t >= 3;  // the two words swap positions in the middle
        if (t == 3) state.reorder(rows);
        for (Dim b = 0; b < 2; ++b) previous(turned ? 1 - b : b) = batch.previous(b, t);
        const Var wanted = pick(whole, 1, t);
        const Var next = model.next(state, previous), expected = turned ? take(wanted, rows, 0) : wanted;
        CHECK(next.value().storage() == expected.value().storage());
    }
    CHECK(state.size() == 2);
}

TEST_CASE("pronounce: a checkpoint of another model, a cut file and a file of another program are refused",
          "[pronounce]") {
    const Folder folder;
    nn::Params params(3);
    const ModelOptions options{.letters = {"a", "b"}, .phones = {"AA"}, .embedding = 4, .width = 8};
    const Model model(params, options);
    training::save_model<Model>(folder.path, options, params);
    CHECK_NOTHROW(training::open_model<Model>(folder.path));
    const std::string whole = bytes(folder.path / "model.safetensors");

    const fs::path file = folder.path / "model.safetensors";
    std::ofstream(file, std::ios::binary) << whole.substr(0, whole.size() - 7);
    CHECK_THROWS_AS(training::open_model<Model>(folder.path), FileError);
    std::string flipped = whole;
    flipped[flipped.size() - 3] = static_cast<char>(flipped[flipped.size() - 3] ^ 1);
    std::ofstream(file, std::ios::binary) << flipped;
    CHECK_THROWS_WITH(training::open_model<Model>(folder.path), Containing("crc32c"));

    nn::Checkpoint other;
    other.notes["model"] = R"({"program": "charlm"})";
    other.save(file);
    CHECK_THROWS_WITH(training::open_model<Model>(folder.path), Containing("another program"));
    CHECK_THROWS_WITH(Model(nn::Params(), {.letters = {"a"}, .phones = {"A"}, .model = "lstm"}),
                      Containing("there is no model 'lstm'"));
    CHECK_THROWS_AS(training::open_model<Model>(folder.path / "nowhere"), FileError);
}

}  // namespace heed::pronounce
