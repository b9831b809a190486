// Encoding questions and SQL, and batches of them.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/examples/answer/sql/text.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/data/text/words.hpp>
#include <heed/nn/program/input.hpp>

namespace heed::answer {

std::string stem_of(std::string_view word) { return std::string(word.substr(0, 4)); }

std::vector<std::string> stems_of(const std::vector<std::string>& words) {
    std::vector<std::string> stems;
    for (const std::string& word : words) stems.push_back(stem_of(word));
    return stems;
}

Sample SqlText::encode(std::string_view question) const {
    program::check_length(text::lower_words(question).size());
    Sample sample{.units = names.split(question)};
    for (const text::Unit& unit : sample.units) {
        sample.words.push_back(unit.kinds.empty() ? words.find(unit.text).value_or(Words::unknown) : Words::name);
        sample.stems.push_back(unit.kinds.empty() ? stems.find(stem_of(unit.text)).value_or(Words::unknown)
                                                  : Words::name);
        const std::string literal = fmt::format("\"{}\"", unit.text);
        const auto known = std::ranges::find(sample.literals, literal);
        sample.copies.push_back(pieces.size() + (known - sample.literals.begin()));
        if (known == sample.literals.end()) sample.literals.push_back(literal);
    }
    return sample;
}

std::optional<Sample> SqlText::encode(const Question& question) const {
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

std::string SqlText::symbol(const Sample& sample, std::int64_t id) const {
    return id < pieces.size() ? pieces.symbol(id) : sample.literals.at(static_cast<std::size_t>(id - pieces.size()));
}

std::string SqlText::decode(const Sample& sample, const Ids& sql) const {
    std::vector<std::string> text;
    for (const std::int64_t id : sql) text.push_back(symbol(sample, id));
    return fmt::format("{}", fmt::join(text, " "));
}

std::vector<std::string> SqlText::not_understood(const Sample& sample) const {
    std::vector<std::string> unknown;
    for (std::size_t i = 0; i < sample.units.size(); ++i)
        if (sample.words[i] == Words::unknown && sample.stems[i] == Words::unknown)
            unknown.push_back(sample.units[i].text);
    return unknown;
}

SqlBatch make_batch(std::span<const Sample> samples, std::span<const std::size_t> which, const SqlText& text,
                    double forget, const RandomStream& random) {
    std::vector<Ids> words, stems, copies, previous, wanted;
    std::size_t literals = 0;
    std::uint64_t draws = 0;
    for (const std::size_t i : which) {
        const Sample& sample = samples[i];
        words.push_back(sample.words);
        for (std::int64_t& word : words.back())
            if (forget > 0 && random.uniform(draws++) < forget && word != Words::name) word = Words::unknown;
        stems.push_back(sample.stems);
        copies.push_back(sample.copies);
        previous.push_back({Pieces::begin});
        previous.back().insert(previous.back().end(), sample.sql.begin(), sample.sql.end());
        wanted.push_back(sample.sql);
        wanted.back().push_back(Pieces::end);
        literals = std::max(literals, sample.literals.size());
    }
    data::Padded source = data::padded(words, Words::pad);
    SqlBatch batch{.words = source.values,
                   .stems = data::padded(stems, Words::pad).values,
                   .lengths = source.lengths,
                   .kinds = Array::from_shape(
                       {source.values.shape()[0], source.values.shape()[1], std::ssize(text.names.kinds())}),
                   .copies = data::padded(copies, Pieces::pad).values,
                   .symbols = text.pieces.size() + static_cast<Dim>(literals),
                   .previous = data::padded(previous, Pieces::pad).values,
                   .wanted = data::padded(wanted, Pieces::pad).values};
    std::fill_n(batch.kinds.data(), batch.kinds.size(), Real{0});
    for (std::size_t b = 0; b < which.size(); ++b) {
        const std::vector<text::Unit>& units = samples[which[b]].units;
        for (std::size_t j = 0; j < units.size(); ++j)
            for (const Dim kind : units[j].kinds) batch.kinds(static_cast<Dim>(b), static_cast<Dim>(j), kind) = 1;
    }
    return batch;
}

}  // namespace heed::answer
