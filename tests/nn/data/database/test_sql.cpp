// Questions with their SQL, and which piece of SQL may follow which.
#include <heed/nn/data/database/grammar.hpp>
#include <heed/nn/data/database/questions.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

namespace heed::database {

TEST_CASE("database: questions are read with their values filled in", "[database]") {
    const std::vector<Question> all = parse_questions(
        "how big is state_name0\tSELECT A FROM S WHERE N = \"state_name0\" ;\t{\"state_name0\": \"new mexico\"}\r\n\n"
        "which is larger\tSELECT MAX( A ) FROM S ;\t{}\n",
        "questions");
    REQUIRE(all.size() == 2);
    CHECK(all[0].text == "how big is new mexico");
    CHECK(all[0].sql == Texts{"SELECT", "A", "FROM", "S", "WHERE", "N", "=", "\"new mexico\"", ";"});
    CHECK(all[0].names == Texts{"state_name\tnew mexico"});
    CHECK(all[1].names.empty());
    for (const auto& [text, why] : {std::pair("a\tb", "q:1: expected a question"),
                                    {"a\tb\t{}\na\tb\t[]", "q:2: what the placeholders"},
                                    {"a\tb\t{\"x\": 3}", "q:1: what the placeholders"},
                                    {" \tb\t{}", "q:1: the question is empty"},
                                    {"a\t\t{}", "q:1: the SQL is empty"},
                                    {"\n\n", "q: holds no question"}})
        CHECK_THROWS_WITH(parse_questions(text, "q"), StartsWith(why));
}

TEST_CASE("database: SQL is held to what may follow, to declared aliases and to closed parentheses", "[database]") {
    const Texts known{"SELECT", "MAX(", "Talias0.A", "Salias0.B", ")",     "FROM", "T",
                      "S",      "AS",   "Talias0",   "Salias0",   "WHERE", "=",    ";"};
    const Pieces pieces(known);
    Texts pairs;
    for (const char* sql : {"SELECT MAX( Talias0.A ) FROM T AS Talias0 WHERE Talias0.A = \"x\" ;",
                            "SELECT Salias0.B FROM S AS Salias0 ;"})
        for (std::string& pair : pairs_of(pieces_of(sql))) pairs.push_back(std::move(pair));
    const Grammar grammar(pieces, pairs);
    const auto allows = [&](const char* before, const std::string& next) {
        std::vector<std::int64_t> ids;
        for (const std::string& piece : pieces_of(before)) ids.push_back(pieces.find(piece).value_or(pieces.size()));
        return grammar.may_follow(ids, next.empty() ? Pieces::end : pieces.find(next).value_or(pieces.size()));
    };
    CHECK(allows("", "SELECT"));
    CHECK_FALSE(allows("", "FROM"));
    CHECK(allows("SELECT MAX( Talias0.A", ")"));
    CHECK_FALSE(allows("SELECT Talias0.A", ")"));
    CHECK(allows("SELECT Salias0.B FROM S AS", "Salias0"));
    CHECK_FALSE(allows("SELECT Salias0.B FROM S AS", "Talias0"));
    CHECK(allows("SELECT Salias0.B FROM S AS Salias0", ";"));
    CHECK_FALSE(allows("SELECT MAX( Talias0.A ) FROM S AS Salias0", ";"));  // Talias0 is not declared
    CHECK(allows("SELECT MAX( Talias0.A ) FROM T AS Talias0 WHERE Talias0.A =", "\"new\""));
    CHECK_FALSE(allows("SELECT", "\"new\""));
    std::vector<std::int64_t> before_name;
    for (const std::string& piece : pieces_of("SELECT MAX( Talias0.A ) FROM T AS Talias0 WHERE Talias0.A ="))
        before_name.push_back(*pieces.find(piece));
    CHECK(grammar.may_follow(before_name, pieces.size()));
    CHECK_FALSE(grammar.may_follow(before_name, Pieces::copied));
    CHECK(allows("SELECT Salias0.B FROM S AS Salias0 ;", ""));
    CHECK_FALSE(allows("SELECT Salias0.B", ""));
}

}  // namespace heed::database
