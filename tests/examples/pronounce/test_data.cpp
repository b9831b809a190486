// The pronunciation trainer's data: dictionaries, vocabularies, the split, batches and scores.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <heed/core/base/error.hpp>
#include <heed/examples/pronounce/batches.hpp>
#include <heed/examples/pronounce/data.hpp>
#include <heed/examples/pronounce/dictionary.hpp>
#include <heed/examples/pronounce/metrics.hpp>
#include <heed/examples/pronounce/vocabulary.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed::pronounce;
using heed::Dim;
using namespace std::string_literals;
namespace {
std::vector<Entry> parsed(std::string_view text) { return parse_dictionary(text, "words.dict"); }

// A made-up dictionary of n different words with 1 to 9 letters.
std::vector<Entry> made_up(int n) {
    std::vector<Entry> out;
    for (int i = 0; i < n; ++i) {
        std::string word;
        for (int rest = i; word.empty() || rest > 0; rest /= 3) word += static_cast<char>('a' + rest % 3);
        word.append(static_cast<std::size_t>(i % 4), 'd');
        out.push_back(
            {word + "e" + std::to_string(i), {Phones(static_cast<std::size_t>(1 + i % 7), i % 2 == 0 ? "AH" : "K")}});
    }
    return out;
}

std::vector<std::int64_t> all(const heed::Ints& x) { return {x.storage().cbegin(), x.storage().cend()}; }
}  // namespace

TEST_CASE("dictionary: three dialects give the same entries", "[pronounce]") {
    const std::string debian = "a AH\na(2) EY\ntomato T AH M EY T OW\n";
    const std::string split = "A  AH\r\nA  EY\r\nTOMATO  T AH M EY T OW\r\n";
    const std::string original =
        ";;; # comment\n;;;\n\nA  AH0\nA(1)  EY1\n\t\nTOMATO  T AH0 M EY1 T OW2 # a fruit\nTOMATO(1)  T AH1 M EY1 T "
        "OW0";
    for (const std::string& text : {debian, split, original, "\xef\xbb\xbf" + debian}) {
        const auto entries = parsed(text);
        REQUIRE(entries.size() == 2);
        CHECK(entries[0].word == "a");
        CHECK(entries[0].pronunciations == std::vector<Phones>{{"AH"}, {"EY"}});
        CHECK(entries[1].word == "tomato");
        CHECK(entries[1].pronunciations == std::vector<Phones>{{"T", "AH", "M", "EY", "T", "OW"}});
    }
}

TEST_CASE("dictionary: odd words of CMUdict are words", "[pronounce]") {
    const auto entries = parsed(
        "!EXCLAMATION-POINT  P OY2\n#HASH  HH AE1\n(PAREN  P\n;SEMI  S\n'TIL T\nA.'S EY\nX() K\nX(A) K\n(2) T\nM-80 "
        "EH\nD\xc9J\xc0  D\n");
    std::vector<std::string> words;
    for (const Entry& e : entries) words.push_back(e.word);
    CHECK(words == std::vector<std::string>{"!exclamation-point", "#hash", "(paren", ";semi", "'til", "a.'s", "x()",
                                            "x(a)", "(2)", "m-80", "déjà"});
}

TEST_CASE(
    "dictionary: lines that begin with # and a space are comments, and other lines with # get a hint how to write one",
    "[pronounce]") {
    const auto entries = parsed("# a comment\n#\n  # and k\n##  K\n#HASH  HH AE1\na AH # one more\nb B #another\n");
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].word == "#hash");
    CHECK(entries[2].pronunciations == std::vector<Phones>{{"B"}});
    CHECK_THROWS_WITH(parsed("#comment without a space\n"), Containing("'without' is no phone"));
    CHECK_THROWS_WITH(parsed("#comment without a space\n"),
                      Containing("a comment begins with ';;;', or with '#' and a space"));
}

TEST_CASE("dictionary: what does not parse is refused with file and line", "[pronounce]") {
    const auto refusal = [](const std::string& text) {
        try {
            parsed(text);
        } catch (const heed::FileError& e) {
            return std::string(e.what());
        }
        return "accepted"s;
    };
    CHECK(refusal("a AH\nhello\n") ==
          "words.dict:2: word 'hello' has no phones; expected 'WORD PHONE PHONE ...', as in 'cat K AE T'");
    CHECK_THAT(refusal("a # AH\n"), Containing("no phones"));
    CHECK_THAT(refusal("a AH\n\n\ncat k ae t\n"), StartsWith("words.dict:4: 'k' is no phone"));
    for (const char* bad : {"cat K AE3 T", "cat K 1", "cat K AH-", "cat K ABCD", "cat, a small animal",
                            "<html>x</html> <body>", "{\"cat\": 1}"}) {
        CHECK_THAT(refusal(bad), StartsWith("words.dict:1: "));
    }
    CHECK_THAT(refusal("a AH\nb\0c B\n"s), StartsWith("words.dict:2: control character '\\x00' at byte 2"));
    CHECK_THAT(refusal("\x7f"
                       "ELF\x02\x01\x01"),
               StartsWith("words.dict:1: control character '\\x7f'"));
    CHECK_THAT(refusal("\xff\xfe"
                       "c\0a\0t\0"s),
               Containing("control character"));
    CHECK_THAT(refusal("ca\x85t K AE T"), Containing("control character '\\xc2\\x85'"));
    CHECK_THAT(refusal("cat K\rAE T\n"), Containing("control character '\\x0d'"));
    CHECK_THAT(refusal("cat K AE T\n\x1b[2J K\n"), Containing("'\\x1b'"));
    CHECK_THAT(refusal("a AH\n" + std::string(10'000'000, 'A')), StartsWith("words.dict:2: a line of 10000000 bytes"));
    CHECK_THAT(refusal(std::string(129, 'a') + " AH"), Containing("a word of 129 letters"));
    std::string many = "a";
    for (int i = 0; i < 257; ++i) many += " AH";
    CHECK_THAT(refusal(many), Containing("257 phones"));
    for (const char* nothing : {"", "\n\n \r\n", ";;; only\n;;; comments", "\xef\xbb\xbf"})
        CHECK_THAT(refusal(nothing), StartsWith("words.dict: no word"));
}

TEST_CASE("dictionary: files are read whole, or refused", "[pronounce]") {
    const auto path = std::filesystem::temp_directory_path() / "heed-test-words.dict";
    std::ofstream(path) << "cat K AE T\n";
    CHECK(read_dictionary(path).at(0).word == "cat");
    std::ofstream(path) << "cat K AE T\ndog\n";
    CHECK_THROWS_WITH(read_dictionary(path), StartsWith(path.string() + ":2: word 'dog' has no phones"));
    std::ofstream(path).flush();
    CHECK_THROWS_WITH(read_dictionary(path), Containing("no word in this file"));
    std::filesystem::resize_file(path, (std::uintmax_t{256} << 20) + 1);  // sparse: takes no room
    CHECK_THROWS_AS(read_dictionary(path), heed::FileError);
    std::filesystem::remove(path);
    CHECK_THROWS_AS(read_dictionary(path), heed::FileError);
    CHECK_THROWS_AS(read_dictionary("/"), heed::FileError);
    CHECK_THROWS_AS(read_dictionary("/dev/zero"), heed::FileError);
}

TEST_CASE("dictionary: prepared, it holds what is read into memory, in the same order", "[pronounce]") {
    const TemporaryFolder folder;
    std::string text = "\xef\xbb\xbf;;; a comment\r\n";
    for (const Entry& e : made_up(900)) text += e.word + "  " + e.pronunciations[0][0] + " K\r\n";
    for (const Entry& e : made_up(300)) text += e.word + "(2) T\n" + e.word + "  " + e.pronunciations[0][0] + " K\n";
    for (const char* letter : {"\xc3\xa9", "\xe9"}) {  // UTF-8, Latin-1
        put(folder / "words", text + "caf" + letter + " K AE F EY");
        for (const bool hold_out_test : {true, false}) {
            Options config;
            config.data = folder / "words";
            config.hold_out_test = hold_out_test;
            const auto entries = read_dictionary(config.data, config.model.how());
            std::vector<Entry> train = select(entries, Part::train), dev = select(entries, Part::dev),
                               test = select(entries, Part::test);
            if (!hold_out_test) train.insert(train.end(), test.begin(), test.end()), test.clear();
            const Vocabulary letters = letters_of(entries), phones = phones_of(entries);
            const std::vector<Sample> samples = encode(train, letters, phones);
            for (const heed::program::Launch& launch :
                 {heed::program::Launch{}, {.prepared = folder / "prepared"}, {.prepared = folder / "prepared"}}) {
                const Data data = read_data(config, launch);
                CHECK(data.letters.symbols() == letters.symbols());
                CHECK(data.phones.symbols() == phones.symbols());
                const heed::data::RowPairs pairs(data.prepared.ids(), data.train);
                REQUIRE(pairs.size() == samples.size());
                for (std::size_t n = 0; n < samples.size(); ++n) {
                    CHECK(pairs.at(n).source == samples[n].source);
                    CHECK(pairs.at(n).target == samples[n].target);
                }
                CHECK(data.train_words.count == static_cast<Dim>(train.size()));
                CHECK(data.held_out_words.count == static_cast<Dim>(dev.size() + test.size()));
                const auto same = [](const std::vector<Entry>& a, const std::vector<Entry>& b) {
                    return std::ranges::equal(a, b, [](const Entry& x, const Entry& y) {
                        return x.word == y.word && x.pronunciations == y.pronunciations;
                    });
                };
                CHECK(same(data.entries(data.dev), dev));
                CHECK(same(data.entries(data.test), test));
                CHECK(data.seen.size() == train.size());
            }
        }
        CHECK(std::distance(std::filesystem::directory_iterator(folder / "prepared"),
                            std::filesystem::directory_iterator()) == (letter[1] ? 1 : 2));
    }
    put(folder / "words", "a AH\nb\n");
    Options config;
    config.data = folder / "words";
    CHECK_THROWS_WITH(read_data(config, {}), StartsWith(folder / "words" + ":2: word 'b' has no phones"));
    put(folder / "words", "");
    CHECK_THROWS_WITH(read_data(config, {}), StartsWith(folder / "words" + ": no word in this file"));
}

TEST_CASE("dictionary: the split is fixed, whatever the case", "[pronounce]") {
    // These values are a promise: a change would let trained models see test words.
    const std::map<std::string, Part> fixed{
        {"cat", Part::train},  {"hello", Part::train}, {"pronunciation", Part::train}, {"déjà", Part::train},
        {"abiam", Part::test}, {"arleen", Part::test}, {"beings", Part::test},         {"abused", Part::dev},
        {"billie", Part::dev}, {"Drexel", Part::dev},  {"ABIAM", Part::test}};
    for (const auto& [word, part] : fixed) {
        CAPTURE(word);
        CHECK(part_of(word) == part);
    }
    CHECK(part_of("DÉJÀ") == part_of("déjà"));
    const auto entries = made_up(20000);
    const auto train = select(entries, Part::train), dev = select(entries, Part::dev),
               test = select(entries, Part::test);
    CHECK(train.size() + dev.size() + test.size() == entries.size());
    CHECK(test.size() == Approx(1000).margin(100));
    CHECK(dev.size() == Approx(400).margin(60));
    CHECK(unseen(test, train).size() == test.size());
    CHECK(unseen(entries, train).size() == dev.size() + test.size());
}

TEST_CASE("vocabulary: symbols are sorted after the markers, unknown letters are named", "[pronounce]") {
    const auto entries = parsed("cab K AE B\ndéj D EY\n");
    const Vocabulary letters = letters_of(entries), phones = phones_of(entries);
    CHECK(letters.symbols() == std::vector<std::string>{"a", "b", "c", "d", "j", "é"});
    CHECK(letters.size() == 9);
    CHECK(phones.find("AE") == 3);
    CHECK_FALSE(phones.find("ZH"));
    CHECK(encode_word(letters, "CAB") == std::vector<std::int64_t>{5, 3, 4, 2});
    CHECK(encode_word(letters, "É") == std::vector<std::int64_t>{8, 2});
    CHECK_THROWS_AS(encode_word(letters, "caz"), UnknownLetter);
    CHECK_THROWS_WITH(encode_word(letters, "caz"), StartsWith("letter 'z' of word 'caz'"));
    CHECK_THROWS_WITH(encode_word(letters, "ca\x1b"), StartsWith("letter '\\x1b' of word 'ca\\x1b'"));
    CHECK_THROWS_AS(encode_word(letters, ""), heed::program::InputError);
    CHECK(decode_phones(phones, {1, 3, 4, 2, 0, 0}) == Phones{"AE", "B"});
    for (const std::int64_t bad : {std::int64_t{-1}, std::int64_t{2}, phones.size()})
        CHECK_THROWS_AS(phones.symbol(bad), heed::RangeError);
    CHECK(Vocabulary({"b", "a", "b"}).symbols() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("score: a word is right if any listed pronunciation matches", "[pronounce]") {
    const std::vector<Entry> entries{{"a", {{"AH"}, {"EY"}}},
                                     {"cat", {{"K", "AE", "T"}}},
                                     {"route", {{"R", "UW", "T"}, {"R", "AW", "T", "S"}}},
                                     {"odd", {{"AA", "D"}}}};
    const std::vector<Phones> predicted{{"EY"}, {"K", "AE"}, {"R", "AW", "T", "S", "S"}, {}};
    Score s, tie;
    for (std::size_t i = 0; i < entries.size(); ++i) s.add(entries[i], predicted[i]);
    CHECK(s.words == 4);
    CHECK(s.wrong_words == 3);
    CHECK(s.word_error_rate() == Approx(0.75));
    CHECK(s.wrong_phones == 0 + 1 + 1 + 2);
    CHECK(s.phones == 1 + 3 + 4 + 2);
    CHECK(s.phone_error_rate() == Approx(0.4));
    tie.add({"x", {{"K", "AE", "T"}, {"K", "AE"}}}, {"K", "AE", "S"});  // both at distance 1: the shorter counts
    CHECK(tie.phones == 2);
}

TEST_CASE("batches: rows are padded, the decoder is given the previous targets", "[pronounce]") {
    const Batch b = make_batch(std::vector<Sample>{{{4, 2}, {3}}, {{5, 6, 2}, {7, 8, 9}}});
    CHECK(b.size() == 2);
    CHECK(b.source.shape() == heed::Shape{2, 3});
    CHECK(b.wanted.shape() == heed::Shape{2, 4});
    CHECK(all(b.source) == std::vector<std::int64_t>{4, 2, 0, 5, 6, 2});
    CHECK(all(b.lengths) == std::vector<std::int64_t>{2, 3});
    CHECK(all(b.previous) == std::vector<std::int64_t>{1, 3, 0, 0, 1, 7, 8, 9});
    CHECK(all(b.wanted) == std::vector<std::int64_t>{3, 2, 0, 0, 7, 8, 9, 2});
    CHECK_THROWS_AS(make_batch({}), heed::RangeError);
}

TEST_CASE("batches: phones outside the vocabulary are refused", "[pronounce]") {
    const auto entries = parsed("cab K AE B\n");
    CHECK_THROWS_WITH(encode(entries, letters_of(entries), Vocabulary({"K", "AE"})),
                      Containing("phone 'B' of word 'cab'"));
}

TEST_CASE("dictionary: the installed one, where it is", "[pronounce]") {
    const std::filesystem::path path = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";
    if (!std::filesystem::exists(path)) return;
    const auto entries = read_dictionary(path);
    CHECK(entries.size() > 120000);
    CHECK(phones_of(entries).symbols().size() == 39);
    const double n = static_cast<double>(entries.size());
    CHECK(static_cast<double>(select(entries, Part::test).size()) / n == Approx(0.05).margin(0.003));
    CHECK(static_cast<double>(select(entries, Part::dev).size()) / n == Approx(0.02).margin(0.002));
}
