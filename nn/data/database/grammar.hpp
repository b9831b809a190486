#pragma once
// Which piece of SQL may follow which: what a decoder is held to.
#include <set>
#include <span>
#include <string>
#include <vector>
#include <heed/nn/data/text/vocabulary.hpp>

namespace heed::database {

// Pieces of SQL and their ids: pad, begin, end, `copied` (what an id beyond the vocabulary is to the decoder's input),
// and then the pieces. A name in quotes is copied and not in the vocabulary.
struct Pieces : text::Vocabulary {
    static constexpr std::int64_t pad = 0, begin = 1, end = 2, copied = 3;
    explicit Pieces(std::vector<std::string> pieces) : text::Vocabulary(std::move(pieces), 4) {}
};
bool is_literal(std::string_view piece);

// The pairs of pieces that stand behind each other in a statement, "A\tB": begin and end are empty, a literal is `"`.
std::vector<std::string> pairs_of(const std::vector<std::string>& sql);

class Grammar {
public:
    Grammar(const Pieces& pieces, const std::vector<std::string>& pairs);

    // A piece may stand where one of the pairs allows it; parentheses close what was opened; behind "TABLE AS" stands
    // an alias of that table, which is declared once; and a statement ends where all that was opened is closed and each
    // alias that it uses has been declared.
    bool may_follow(std::span<const std::int64_t> before, std::int64_t piece) const;

private:
    struct Piece {
        std::string text = {}, alias = {};  // the part before a column's point
        int opens = 0;
        bool is_as = false, is_last = false;
    };
    std::int64_t shape_of(std::int64_t id) const;  // `copied` for what is
    const Piece& piece(std::int64_t id) const { return pieces_[static_cast<std::size_t>(shape_of(id))]; }
    bool may_end(std::span<const std::int64_t> statement) const;

    std::vector<Piece> pieces_;
    std::set<std::pair<std::int64_t, std::int64_t>> pairs_;
};

}  // namespace heed::database
