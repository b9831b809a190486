#pragma once
// Questions and their SQL as ids, for a model that writes pieces of SQL and copies names from the question.
#include <optional>
#include <utility>
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/database/grammar.hpp>
#include <heed/nn/data/database/questions.hpp>
#include <heed/nn/data/text/names.hpp>

namespace heed::database {

// What questions and their SQL are made of, each sorted: words of questions, pieces of SQL and which of them stand
// behind each other (pairs_of()), and known names and their kinds (text::Names).
struct Symbols {
    using Texts = std::vector<std::string>;
    Texts words = {}, pieces = {}, pairs = {}, kinds = {}, names = {};
    std::vector<std::pair<const char*, Texts*>> by_name();
};
// There is always a kind: "none" where there are no names.
Symbols symbols_of(const std::vector<Question>& questions, std::vector<std::string> names);

// Words and their ids: pad, what was not seen in training, a name of the database, and then the words.
struct QuestionVocabulary : text::Vocabulary {
    static constexpr std::int64_t pad = 0, unknown = 1, name = 2;
    explicit QuestionVocabulary(std::vector<std::string> words) : text::Vocabulary(std::move(words), 3) {}
};

using Ids = std::vector<std::int64_t>;

// The first letters of a word stand for it beside the word itself: "flowing" is read by what "flows" has taught.
std::string stem_of(std::string_view word);
std::vector<std::string> stems_of(const std::vector<std::string>& words);

// A question, and its SQL where that is known. Each different text among its units has an id beyond the pieces, as what
// can be copied.
struct Sample {
    std::vector<text::Unit> units = {};
    Ids words = {}, stems = {};              // of the units
    Ids copies = {};                         // likewise: the extended id
    std::vector<std::string> literals = {};  // of the ids beyond the pieces: in quotes
    Ids sql = {};                            // without markers
};

class Codec {
public:
    explicit Codec(const Symbols& symbols);

    Sample encode(std::string_view question) const;
    // With its SQL; none where that holds a piece that is neither known nor in the question.
    std::optional<Sample> encode(const Question& question) const;
    // The pieces of SQL as text, with spaces between them; and one of them.
    std::string decode(const Sample& sample, const Ids& sql) const;
    std::string symbol(const Sample& sample, std::int64_t id) const;
    // The words that training had neither as they are nor by their stem.
    std::vector<std::string> not_understood(const Sample& sample) const;
    // As Grammar says; of the question, only names are copied.
    bool may_follow(const Sample& sample, std::span<const std::int64_t> before, std::int64_t id) const;

    QuestionVocabulary words, stems;
    Pieces pieces;
    Grammar grammar;
    text::Names names;
};

// Rows are padded with 0.
struct Batch {
    Ints words, stems, lengths;  // (b, s), (b, s), (b)
    Array kinds;                 // (b, s, kinds): 1 where the unit is a name of that kind
    Ints copies;                 // (b, s)
    Dim symbols = 0;             // extended ids
    Ints previous, wanted;       // (b, t): begin and the pieces; the pieces and end
    Dim size() const { return wanted.shape()[0]; }
    Dim pieces() const;  // wanted, without padding
};

// Each word is read by its stem alone with probability `forget`, by `random`. Throws RangeError for no samples.
Batch make_batch(std::span<const Sample> samples, const Codec& codec, double forget = 0,
                 const RandomStream& random = {Key{}, 0});

}  // namespace heed::database
