#pragma once
// Questions and SQL as ids.
#include <optional>
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/database/grammar.hpp>
#include <heed/nn/data/database/questions.hpp>
#include <heed/nn/data/text/names.hpp>

namespace heed::answer {

using database::Grammar, database::Pieces, database::Question;

// Words and their ids: pad, what was not seen in training, a name of the database, and then the words.
struct Words : text::Vocabulary {
    static constexpr std::int64_t pad = 0, unknown = 1, name = 2;
    explicit Words(std::vector<std::string> words) : text::Vocabulary(std::move(words), 3) {}
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

// What the data give a model of SQL.
class SqlText {
public:
    SqlText(const std::vector<std::string>& words, const std::vector<std::string>& pieces, text::Names names)
        : words(words), stems(stems_of(words)), pieces(pieces), names(std::move(names)) {}

    Sample encode(std::string_view question) const;
    // With its SQL; none where that holds a piece that is neither known nor in the question.
    std::optional<Sample> encode(const Question& question) const;
    std::string decode(const Sample& sample, const Ids& sql) const;
    // What a piece is called: of SQL, or what was copied.
    std::string symbol(const Sample& sample, std::int64_t id) const;
    std::vector<std::string> not_understood(const Sample& sample) const;

    Words words, stems;
    Pieces pieces;
    text::Names names;
};

// Rows are padded with 0.
struct SqlBatch {
    Ints words, stems, lengths;  // (b, s), (b, s), (b)
    Array kinds;                 // (b, s, kinds): 1 where the unit is a name of that kind
    Ints copies;                 // (b, s)
    Dim symbols = 0;             // extended ids
    Ints previous, wanted;       // (b, t): begin and the pieces; the pieces and end
};

// Of samples[which[0]], ...; each word is read by its stem alone with probability `forget`, by `random`.
SqlBatch make_batch(std::span<const Sample> samples, std::span<const std::size_t> which, const SqlText& text,
                    double forget = 0, const RandomStream& random = {Key{}, 0});

}  // namespace heed::answer
