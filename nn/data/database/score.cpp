// Counting statements that are right.
#include <algorithm>
#include <heed/nn/data/database/score.hpp>

namespace heed::database {
namespace {

// The rows of a statement; none where the database does not answer it.
std::optional<Table> rows_of(const Database& database, const std::string& sql) {
    try {
        return database.ask(sql);
    } catch (const StatementError&) {
        return std::nullopt;
    }
}

std::string_view without_ends(std::string_view sql) {
    constexpr std::string_view spaces = " \t\n\r\v\f";
    sql.remove_prefix(std::min(sql.find_first_not_of(spaces), sql.size()));
    return sql.substr(0, sql.find_last_not_of(spaces) + 1);
}

}  // namespace

bool same_sql(std::string_view a, std::string_view b) { return without_ends(a) == without_ends(b); }

void SqlAccuracy::add(const std::string& written, const std::string& wanted, const std::optional<Database>& database) {
    ++questions;
    right += same_sql(written, wanted);
    if (!database) return;
    const std::optional<Table> mine = rows_of(*database, written), theirs = rows_of(*database, wanted);
    answered += mine && theirs && mine->same_rows(*theirs);
}

}  // namespace heed::database
