// Encoding questions and SQL, and batches of them.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/nn/data/database/codec.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::database {

std::vector<std::pair<const char*, Symbols::Texts*>> Symbols::by_name() {
    return {{"words", &words}, {"pieces", &pieces}, {"pairs", &pairs}, {"kinds", &kinds}, {"names", &names}};
}

Symbols symbols_of(const std::vector<Question>& questions, std::vector<std::string> names) {
    Symbols symbols{.kinds = text::kinds_of(names), .names = std::move(names)};
    if (symbols.kinds.empty()) symbols.kinds = {"none"};  // a layer takes no rows of width 0
    const text::Names known(symbols.kinds, symbols.names);
    std::set<std::string> words, pieces, pairs;
    for (const Question& q : questions) {
        for (const text::Unit& unit : known.split(q.text))
            if (unit.kinds.empty()) words.insert(unit.text);
        for (const std::string& piece : q.sql)
            if (!is_literal(piece)) pieces.insert(piece);
        for (std::string& pair : pairs_of(q.sql)) pairs.insert(std::move(pair));
    }
    symbols.words = {words.begin(), words.end()};
    symbols.pieces = {pieces.begin(), pieces.end()};
    symbols.pairs = {pairs.begin(), pairs.end()};
    return symbols;
}

std::string stem_of(std::string_view word) { return std::string(word.substr(0, 4)); }

std::vector<std::string> stems_of(const std::vector<std::string>& words) {
    std::vector<std::string> stems;
    for (const std::string& word : words) stems.push_back(stem_of(word));
    return stems;
}

Codec::Codec(const Symbols& symbols)
    : words(symbols.words), stems(stems_of(symbols.words)), pieces(symbols.pieces), grammar(pieces, symbols.pairs),
      names(symbols.kinds, symbols.names) {}

Sample Codec::encode(std::string_view question) const {
    Sample sample{.units = names.split(question)};
    for (const text::Unit& unit : sample.units) {
        sample.words.push_back(unit.kinds.empty() ? words.find(unit.text).value_or(QuestionVocabulary::unknown)
                                                  : QuestionVocabulary::name);
        sample.stems.push_back(unit.kinds.empty() ? stems.find(stem_of(unit.text)).value_or(QuestionVocabulary::unknown)
                                                  : QuestionVocabulary::name);
        const std::string literal = fmt::format("\"{}\"", unit.text);
        const auto known = std::ranges::find(sample.literals, literal);
        sample.copies.push_back(pieces.size() + (known - sample.literals.begin()));
        if (known == sample.literals.end()) sample.literals.push_back(literal);
    }
    return sample;
}

std::optional<Sample> Codec::encode(const Question& question) const {
    Sample sample = encode(question.text);
    for (const std::string& piece : question.sql) {
        const auto copied = std::ranges::find(sample.literals, piece);
        const std::optional<std::int64_t> id =
            copied == sample.literals.end() ? pieces.find(piece) : pieces.size() + (copied - sample.literals.begin());
        if (!id) return std::nullopt;
        sample.sql.push_back(*id);
    }
    return sample;
}

std::string Codec::symbol(const Sample& sample, std::int64_t id) const {
    return id < pieces.size() ? pieces.symbol(id) : sample.literals.at(static_cast<std::size_t>(id - pieces.size()));
}

std::string Codec::decode(const Sample& sample, const Ids& sql) const {
    std::vector<std::string> text;
    for (const std::int64_t id : sql) text.push_back(symbol(sample, id));
    return fmt::format("{}", fmt::join(text, " "));
}

std::vector<std::string> Codec::not_understood(const Sample& sample) const {
    std::vector<std::string> unknown;
    for (std::size_t i = 0; i < sample.units.size(); ++i)
        if (sample.words[i] == QuestionVocabulary::unknown && sample.stems[i] == QuestionVocabulary::unknown)
            unknown.push_back(sample.units[i].text);
    return unknown;
}

bool Codec::may_follow(const Sample& sample, std::span<const std::int64_t> before, std::int64_t id) const {
    if (id >= pieces.size()) {
        const auto unit = std::ranges::find(sample.copies, id) - sample.copies.begin();
        if (unit == std::ssize(sample.copies) || sample.units[static_cast<std::size_t>(unit)].kinds.empty())
            return false;
    }
    return grammar.may_follow(before, id);
}

Dim Batch::pieces() const {
    return std::ranges::count_if(wanted.storage(), [](std::int64_t id) { return id != Pieces::pad; });
}

Batch make_batch(std::span<const Sample> samples, const Codec& codec, double forget, const RandomStream& random) {
    std::vector<Ids> words, stems, copies, previous, wanted;
    std::size_t literals = 0;
    std::uint64_t draws = 0;
    for (const Sample& sample : samples) {
        words.push_back(sample.words);
        for (std::int64_t& word : words.back())
            if (forget > 0 && random.uniform(draws++) < forget && word != QuestionVocabulary::name)
                word = QuestionVocabulary::unknown;
        stems.push_back(sample.stems);
        copies.push_back(sample.copies);
        previous.push_back({Pieces::begin});
        previous.back().insert(previous.back().end(), sample.sql.begin(), sample.sql.end());
        wanted.push_back(sample.sql);
        wanted.back().push_back(Pieces::end);
        literals = std::max(literals, sample.literals.size());
    }
    const data::Padded source = data::padded(words, QuestionVocabulary::pad);
    const Dim b = source.values.shape()[0], s = source.values.shape()[1];
    Batch batch{.words = source.values,
                .stems = data::padded(stems, QuestionVocabulary::pad).values,
                .lengths = source.lengths,
                .kinds = Array(Shape{b, s, std::ssize(codec.names.kinds())}, Real{0}),
                .copies = data::padded(copies, Pieces::pad).values,
                .symbols = codec.pieces.size() + static_cast<Dim>(literals),
                .previous = data::padded(previous, Pieces::pad).values,
                .wanted = data::padded(wanted, Pieces::pad).values};
    for (Dim i = 0; i < b; ++i) {
        const std::vector<text::Unit>& units = samples[static_cast<std::size_t>(i)].units;
        for (std::size_t j = 0; j < units.size(); ++j)
            for (const Dim kind : units[j].kinds) batch.kinds(i, static_cast<Dim>(j), kind) = 1;
    }
    return batch;
}

}  // namespace heed::database
