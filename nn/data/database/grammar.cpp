// What SQL and the schema allow.
#include <algorithm>
#include <heed/nn/data/database/grammar.hpp>

namespace heed::database {
namespace {

const std::string literal = "\"";
constexpr std::string_view alias_mark = "alias";  // STATEalias0 is a name of the table STATE

std::string without_name(const std::string& piece) { return is_literal(piece) ? literal : piece; }

}  // namespace

bool is_literal(std::string_view piece) { return piece.starts_with('"'); }

std::vector<std::string> pairs_of(const std::vector<std::string>& sql) {
    std::vector<std::string> pairs;
    std::string before;
    for (const std::string& piece : sql) {
        pairs.push_back(before + "\t" + without_name(piece));
        before = without_name(piece);
    }
    pairs.push_back(before + "\t");
    return pairs;
}

Grammar::Grammar(const Pieces& pieces, const std::vector<std::string>& pairs) {
    pieces_.resize(static_cast<std::size_t>(pieces.size()));
    for (std::int64_t id = Pieces::copied + 1; id < pieces.size(); ++id) {
        const std::string& text = pieces.symbol(id);
        const std::size_t point = text.find('.'), alias = text.find(alias_mark);
        pieces_[static_cast<std::size_t>(id)] = {
            .text = text,
            .alias = alias != text.npos && point != text.npos && alias < point ? text.substr(0, point) : "",
            .opens = text.ends_with('(') ? 1
                     : text == ")"       ? -1
                                         : 0,
            .is_as = text == "AS",
            .is_last = text == ";"};
    }
    const auto id_of = [&](const std::string& shape, std::int64_t marker) {
        return shape.empty() ? marker : shape == literal ? Pieces::copied : pieces.find(shape).value_or(Pieces::pad);
    };
    for (const std::string& pair : pairs) {
        const std::size_t tab = pair.find('\t');
        if (tab == pair.npos) continue;
        pairs_.emplace(id_of(pair.substr(0, tab), Pieces::begin), id_of(pair.substr(tab + 1), Pieces::end));
    }
}

std::int64_t Grammar::shape_of(std::int64_t id) const { return id < std::ssize(pieces_) ? id : Pieces::copied; }

bool Grammar::may_follow(std::span<const std::int64_t> before, std::int64_t id) const {
    if (id == Pieces::copied) return false;  // it stands for all that is copied, and is nothing itself
    if (!pairs_.contains({before.empty() ? Pieces::begin : shape_of(before.back()), shape_of(id)})) return false;
    const Piece& next = piece(id);
    int open = next.opens;
    for (const std::int64_t of : before) open += piece(of).opens;
    if (open < 0) return false;
    if (before.size() > 1 && piece(before.back()).is_as) {
        const std::string& table = piece(before[before.size() - 2]).text;
        const std::size_t mark = next.text.find(alias_mark);
        if (std::ranges::find(before, id) != before.end()) return false;
        if (table != ")" && mark != std::string::npos && next.text.substr(0, mark) != table) return false;
    }
    return !next.is_last || (open == 0 && may_end(before));
}

bool Grammar::may_end(std::span<const std::int64_t> statement) const {
    std::set<std::string> declared;
    for (std::size_t i = 1; i < statement.size(); ++i)
        if (piece(statement[i - 1]).is_as) declared.insert(piece(statement[i]).text);
    return std::ranges::all_of(
        statement, [&](std::int64_t id) { return piece(id).alias.empty() || declared.contains(piece(id).alias); });
}

}  // namespace heed::database
