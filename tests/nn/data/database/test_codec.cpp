// Questions and SQL as ids: what is known, copied, not understood, and what batches of them hold.
#include <heed/nn/data/database/codec.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

namespace heed::database {
namespace {

const std::vector<Question> questions{
    {"how big is Bonn", {"SELECT", "SIZE", "FROM", "CITY", "WHERE", "NAME", "=", "\"bonn\"", ";"}},
    {"how flowing is the Rhine", {"SELECT", "FLOW", "FROM", "RIVER", "WHERE", "NAME", "=", "\"rhine\"", ";"}}};
const Texts names{"city.name\tbonn", "river.name\trhine", "state.name\tbonn"};

}  // namespace

TEST_CASE("database: symbols are the words that are no names, the pieces that are no literals, and their pairs",
          "[database]") {
    Symbols symbols = symbols_of(questions, names);
    CHECK(symbols.words == Texts{"big", "flowing", "how", "is", "the"});
    CHECK(symbols.pieces == Texts{";", "=", "CITY", "FLOW", "FROM", "NAME", "RIVER", "SELECT", "SIZE", "WHERE"});
    CHECK(symbols.kinds == Texts{"city.name", "river.name", "state.name"});
    CHECK(std::ranges::find(symbols.pairs, "=\t\"") != symbols.pairs.end());
    CHECK(symbols_of(questions, {}).kinds == Texts{"none"});
    CHECK(symbols.by_name().size() == 5);
}

TEST_CASE("database: names of a question are copied, and what is not known is named", "[database]") {
    const Codec codec(symbols_of(questions, names));
    const Sample sample = codec.encode("How big is the BONN of bonn by zebras?");
    CHECK(sample.words[4] == QuestionVocabulary::name);
    CHECK(sample.units[4].kinds == std::vector<Dim>{0, 2});
    CHECK(sample.copies[4] == sample.copies[6]);  // one name, two positions
    CHECK(codec.symbol(sample, sample.copies[4]) == "\"bonn\"");
    CHECK(codec.not_understood(sample) == Texts{"of", "by", "zebras"});
    CHECK(codec.not_understood(codec.encode("how flows the Rhine")).empty());  // read as "flow"
    const std::optional<Sample> whole = codec.encode(questions[0]);
    REQUIRE(whole);
    CHECK(codec.decode(*whole, whole->sql) == "SELECT SIZE FROM CITY WHERE NAME = \"bonn\" ;");
    CHECK_FALSE(codec.encode(Question{"how big is it", {"SELECT", "\"bonn\""}}));  // nothing to copy
    const std::vector<std::int64_t> before(whole->sql.begin(), whole->sql.begin() + 7);
    CHECK(codec.may_follow(*whole, before, whole->copies[3]));
    CHECK_FALSE(codec.may_follow(*whole, before, whole->copies[0]));  // "how" is no name
    CHECK_FALSE(codec.may_follow(*whole, before, codec.pieces.size() + 9));
}

TEST_CASE("database: a batch pads, marks kinds, shifts the SQL, and forgets words but no names", "[database]") {
    const Codec codec(symbols_of(questions, names));
    std::vector<Sample> samples;
    for (const Question& q : questions) samples.push_back(*codec.encode(q));
    const Batch batch = make_batch(samples, codec);
    CHECK(batch.size() == 2);
    CHECK(batch.words.shape() == Ints::from_shape({2, 5}).shape());
    CHECK(batch.words(0, 4) == QuestionVocabulary::pad);
    CHECK(batch.lengths(0) == 4);
    CHECK(batch.kinds(0, 3, 0) == 1);
    CHECK(batch.kinds(0, 3, 1) == 0);
    CHECK(batch.kinds(0, 3, 2) == 1);
    CHECK(batch.kinds(0, 2, 0) == 0);
    CHECK(batch.symbols == codec.pieces.size() + 5);
    CHECK(batch.previous(0, 0) == Pieces::begin);
    for (Dim t = 0; t < 9; ++t) CHECK(batch.previous(0, t + 1) == batch.wanted(0, t));
    CHECK(batch.wanted(0, 9) == Pieces::end);
    const Batch forgot = make_batch(samples, codec, 1, RandomStream(Key{1, 2}, 3));
    CHECK(forgot.words(0, 0) == QuestionVocabulary::unknown);
    CHECK(forgot.words(0, 3) == QuestionVocabulary::name);
    CHECK(forgot.stems(0, 0) == batch.stems(0, 0));
}

}  // namespace heed::database
