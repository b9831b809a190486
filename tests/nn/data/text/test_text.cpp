// translate: its text, its pieces, and BLEU against sacrebleu.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/text/bpe.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/metrics/bleu.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/packed.hpp>
#include <heed/tests/tools.hpp>

namespace heed::text {
namespace {

std::string refusal(const std::string& path) {
    return fault_of(path, [&] { read_lines(path); });
}

WordCounts words_of(const std::vector<std::string>& sentences) {
    WordCounts words;
    for (const std::string& s : sentences) count_words(s, words);
    return words;
}

// The published algorithm: counts all pairs anew for every merge.
std::vector<Bpe::Merge> plain_merges(const WordCounts& words, std::size_t most) {
    std::vector<std::pair<Ids, Dim>> all;
    for (const auto& [word, count] : words) {
        Ids& ids = all.emplace_back(Ids{}, count).first;
        for (const char c : word) ids.push_back(Bpe::first_byte + static_cast<unsigned char>(c));
    }
    std::vector<Bpe::Merge> merges;
    while (merges.size() < most) {
        std::map<Bpe::Merge, Dim> counts;
        for (const auto& [ids, count] : all)
            for (std::size_t i = 0; i + 1 < ids.size(); ++i) counts[{ids[i], ids[i + 1]}] += count;
        const auto best = std::max_element(counts.begin(), counts.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        if (best == counts.end() || best->second < 2) break;
        for (auto& [ids, count] : all) {
            Ids next;
            for (const std::int64_t id : ids) {
                next.push_back(id);
                if (next.size() > 1 && Bpe::Merge(next[next.size() - 2], id) == best->first)
                    next.pop_back(), next.back() = -1 - next.back();
            }
            for (std::int64_t& id : next)
                if (id < 0) id = Bpe::first_merge + static_cast<Dim>(merges.size());
            ids = next;
        }
        merges.push_back(best->first);
    }
    return merges;
}

}  // namespace

TEST_CASE("translate: lines, plain and packed", "[translate]") {
    const TemporaryFolder folder;
    const std::string text = "\xef\xbb\xbfZwei  junge\tMänner .\r\n\n \n last";
    const std::vector<std::string> lines{"Zwei junge Männer .", "", "", "last"};
    put(folder / "x", text);
    put_packed(folder / "x.gz", text);
    CHECK(read_lines(folder / "x") == lines);
    CHECK(read_lines(folder / "x.gz") == lines);
    std::string many;  // several blocks of the reader
    for (int i = 0; i < 30'000; ++i) many += std::to_string(i) + "\n";
    put_packed(folder / "many.gz", many);
    const std::vector<std::string> read = read_lines(folder / "many.gz");
    REQUIRE(read.size() == 30'000);
    for (std::size_t i = 0; i < read.size(); ++i) REQUIRE(read[i] == std::to_string(i));
}

TEST_CASE("translate: text that cannot be used is refused by file and line", "[translate][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "x";
    const auto refuse = [&](const std::string& content) {
        const auto [plain, packed] = refusals_of(path, content, refusal);
        CHECK(plain == packed);
        return plain;
    };
    CHECK(refuse("good\nb\xff"
                 "d\n") == ":2: byte 2 of the line is not UTF-8; convert the text, or give another file");
    CHECK_THAT(refuse("\xed\xa0\x80"), StartsWith(":1: byte 1 of the line is not UTF-8"));
    CHECK(refuse("\n" + std::string(70'000, 'x')) ==
          ":2: a line of more than 65536 bytes; expected a text on each line");
    put_packed(path, std::string(20'000'000, '\n'));
    CHECK_THAT(refusal(path), Containing("unpack to more than 200 times as many"));
    std::string noise;
    for (std::uint64_t i = 0; i < 5000; ++i) noise += static_cast<char>('a' + hash_text(std::to_string(i)) % 26);
    put_packed(path, noise);
    put(path, content_of(path).substr(0, 1000));
    CHECK_THAT(refusal(path), Containing("cannot be unpacked"));
    CHECK_THAT(refusal(folder / "none"), StartsWith(": cannot be opened: No such file"));

    put(folder / "a", "one\n\nthree\n \nfive\n");
    put(folder / "b", "eins\nzwei\ndrei\nvier\nfünf\n");
    const TextPairs pairs = read_pairs(folder / "a", folder / "b");
    REQUIRE(pairs.pairs.size() == 3);
    CHECK(pairs.pairs[1].target == "drei");
    CHECK((pairs.skipped == 2 && pairs.first_skipped == 2));
    put(folder / "c", "eins\nzwei\n");
    CHECK(error_of<FileError>([&] { read_pairs(folder / "a", folder / "c"); }) ==
          fmt::format("{0}/a has 5 lines and {0}/c has 2; expected line n of one to correspond to line n of the other",
                      folder.path()));
    put(folder / "d", "\n\n");
    CHECK_THAT(error_of<FileError>([&] { read_pairs(folder / "c", folder / "d"); }),
               Catch::Matchers::EndsWith("hold no pair of texts"));
}

TEST_CASE("translate: a word has its space in front, and no piece reaches beyond it", "[translate]") {
    const WordCounts words = words_of({"Ein Hund, ein Hund.", "Fünf &apos;s"});
    const WordCounts wanted{{" ein", 1},  {" Ein", 1}, {" Hund", 2}, {",", 1}, {".", 1},
                            {" Fünf", 1}, {" &", 1},   {"apos", 1},  {";", 1}, {"s", 1}};
    CHECK(words == wanted);
    Dim bytes = 0;
    for (const auto& [word, count] : words_of({std::string(1000, 'x')})) {
        CHECK(word.size() <= 100);
        bytes += static_cast<Dim>(word.size()) * count;
    }
    CHECK(bytes == 1001);
}

TEST_CASE("translate: pieces are learnt from the most frequent pairs, and give the text back", "[translate]") {
    // Sennrich et al.'s example: "es", "st" and then "est" 9 times, " l", "lo" and "ow" 7 times.
    const WordCounts words{{" low", 5}, {" lower", 2}, {" newest", 6}, {" widest", 3}};
    const Bpe bpe = learn_bpe(words, Bpe::first_merge + 5);
    std::vector<std::string> made;
    for (std::int64_t id = Bpe::first_merge; id < bpe.size(); ++id) made.push_back(bpe.piece(id));
    CHECK(made == std::vector<std::string>{"es", "est", " l", "ow", " low"});
    const Ids ids = bpe.encode("lowest low");
    CHECK(ids == Ids{Bpe::first_merge + 4, Bpe::first_merge + 1, Bpe::first_merge + 4});
    CHECK(bpe.decode(ids) == "lowest low");

    std::vector<std::string> text;
    for (std::uint64_t i = 0; i < 60; ++i) {
        std::string line;
        for (std::uint64_t k = 0; k < 40; ++k)
            line += std::array{"a", "a", "b", ",", " ", "cd", "é", " "}[RandomStream(Key{1, i}, 0).bits(k) % 8];
        text.push_back(clean_line(line, "text", 1));
    }
    const WordCounts random = words_of(text);
    for (const Dim size : {Bpe::first_merge, Bpe::first_merge + 40, Bpe::first_merge + 100'000}) {
        const Bpe learnt = learn_bpe(random, size);
        CHECK(learnt.merges() == plain_merges(random, static_cast<std::size_t>(size - Bpe::first_merge)));
        for (const std::string& line : text) CHECK(learnt.decode(learnt.encode(line)) == line);
        for (const char* other : {"", "日本語 \xf0\x9f\x99\x82 ...", "x", "naïve (ß)"})
            CHECK(learnt.decode(learnt.encode(other)) == other);
    }
    CHECK_THAT(text_of([&] { learn_bpe(words, 258); }), Containing("a vocabulary of 258; expected at least 259"));
    CHECK_THAT(text_of([] {
                   Bpe({{3, 259}});
               }),
               Containing("piece 259 is made of piece 259; expected 3 <= piece < 259"));
    CHECK_THAT(text_of([] { Bpe({{3, 4}, {3, 4}}); }), Containing("piece 260 is one that there is already"));
    CHECK_THROWS_AS(bpe.piece(bpe.size()), RangeError);
    const Ids none{-1};
    CHECK_THROWS_AS(bpe.decode(none), RangeError);
}

TEST_CASE("translate: BLEU is sacrebleu's", "[translate]") {
    const nlohmann::json file = nlohmann::json::parse(content_of(HEED_SOURCE_DIR "/tests/files/bleu.json"));
    const auto joined = [](const std::vector<std::string>& tokens) {
        return fmt::format("{}", fmt::join(tokens, " "));
    };
    for (const auto& line : file.at("tokens")) {
        const std::string text = line[0];
        CHECK(joined(tokens_of(text, {})) == line[1].get<std::string>());
        CHECK(joined(tokens_of(text, {.lower_case = true})) == line[2].get<std::string>());
    }
    REQUIRE(file.at("corpora").size() == 12);
    for (const auto& corpus : file.at("corpora")) {
        const BleuOptions options{corpus.at("tokenize"), corpus.at("lower_case")};
        const std::vector<std::string> predicted = corpus.at("said"), wanted = corpus.at("wanted");
        CAPTURE(corpus.at("name").get<std::string>());
        Bleu bleu;
        for (std::size_t i = 0; i < predicted.size(); ++i) bleu.add(predicted[i], wanted[i], options);
        CHECK(bleu.score() == Approx(corpus.at("score").get<double>()).epsilon(1e-12));
        CHECK(bleu.brevity() == Approx(corpus.at("brevity").get<double>()).epsilon(1e-12));
        CHECK((bleu.length == corpus.at("length").get<Dim>() && bleu.wanted == corpus.at("wanted_length").get<Dim>()));
        for (std::size_t n = 0; n < Bleu::orders; ++n)
            CHECK(bleu.precisions()[n] == Approx(corpus.at("precisions")[n].get<double>()).epsilon(1e-12));
    }
    if (has_unicode_lower_case()) {
        for (const auto& pair : file.at("small letters")) {
            Bleu bleu;
            bleu.add(pair[0].get<std::string>(), pair[1].get<std::string>(), {.lower_case = true});
            CHECK(bleu.score() == Approx(pair[2].get<double>()).epsilon(1e-12));
        }
    }
    CHECK(BleuOptions{"none", true, "unicode"}.warning().empty());
    CHECK_THAT((BleuOptions{"none", true, "letters"}.warning()), Containing("one by one"));
    CHECK((BleuOptions{"none", false, "letters"}.warning().empty()));
    CHECK(BleuOptions{"none", true}.signature() == "nrefs:1|case:lc|eff:no|tok:none|smooth:exp");
    CHECK_THAT(text_of([] { tokens_of("x", {.tokenize = "char"}); }),
               Containing("'char' is no way to tokenize; expected 13a or none"));
}

}  // namespace heed::text
