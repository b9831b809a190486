// Asking an SQLite file.
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/database/database.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/lower_case.hpp>
#if HEED_SQLITE
#include <sqlite3.h>
#endif

namespace heed::database {
namespace {

std::string lower(std::string_view text) { return text::lower_case(text, text::LowerCase::latin1); }

}  // namespace

std::vector<Column> read_schema(const std::filesystem::path& path) {
    std::vector<Column> columns;
    Dim number = 0;
    for (const std::string& line : text::read_lines(path.string())) {
        if (++number == 1 || line.empty() || line.starts_with('-')) continue;
        const std::size_t first = line.find(", "), second = line.find(", ", std::min(first, line.size() - 2) + 2);
        if (second == line.npos || first == 0 || second <= first + 2)
            throw FileError(fmt::format("{}:{}: expected 'TABLE, FIELD, y or n, ...'", path.string(), number));
        columns.push_back({lower(line.substr(0, first) + "." + line.substr(first + 2, second - first - 2)),
                           line.substr(second + 2, 1) == "y"});
    }
    if (columns.empty()) throw FileError(fmt::format("{}: holds no column of a table", path.string()));
    return columns;
}

std::vector<std::string> read_keys(const std::filesystem::path& path) {
    std::vector<std::string> keys;
    for (const Column& column : read_schema(path))
        if (column.is_key) keys.push_back(column.name);
    return keys;
}

std::string Table::text() const {
    std::string text;
    for (const std::vector<std::string>& row : rows) text += fmt::format("{}\n", fmt::join(row, "\t"));
    return text + (complete ? "" : "...\n");
}

bool Table::same_rows(const Table& other) const {
    auto mine = rows, theirs = other.rows;
    std::ranges::sort(mine);
    std::ranges::sort(theirs);
    return mine == theirs && complete && other.complete;
}

void Database::require(const std::vector<std::string>& columns) const {
    const std::vector<std::string> there = this->columns();
    std::vector<std::string> missing;
    for (const std::string& column : columns)
        if (column.find('.') != column.npos && std::ranges::find(there, column) == there.end())
            missing.push_back(column);
    if (!missing.empty())
        throw FileError(fmt::format("{}: has another schema than what asks it: there is no {}", path_.string(),
                                    fmt::join(missing, ", ")));
}

#if HEED_SQLITE
namespace {

using Statement = std::unique_ptr<sqlite3_stmt, decltype([](sqlite3_stmt* s) { sqlite3_finalize(s); })>;

// What a statement may do: select and read, by functions that leave all as it is.
int allow_reading(void*, int action, const char*, const char* function, const char*, const char*) {
    const bool loads = action == SQLITE_FUNCTION && function && lower(function) == "load_extension";
    const bool reads = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE;
    return reads || (action == SQLITE_FUNCTION && !loads) ? SQLITE_OK : SQLITE_DENY;
}

Statement prepared(sqlite3* db, std::string_view sql, const char** rest = nullptr) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, rest);
    return Statement(statement);
}

std::vector<std::string> row_of(sqlite3_stmt* statement) {
    std::vector<std::string> row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        row.emplace_back(text ? text : "");
    }
    return row;
}

struct Clock {
    std::chrono::steady_clock::time_point end;
};
int is_late(void* clock) { return std::chrono::steady_clock::now() > static_cast<Clock*>(clock)->end; }

}  // namespace

Database::Database(const std::filesystem::path& path) : path_(path) {
    const io::InputFile readable(path.string());  // names what is missing, or no file
    sqlite3* db = nullptr;
    const int opened = sqlite3_open_v2(path.string().c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
    handle_ = {db, [](sqlite3* h) { sqlite3_close(h); }};
    const auto refuse = [&] {
        throw FileError(fmt::format("{}: {}", path_.string(), db ? sqlite3_errmsg(db) : "out of memory"));
    };
    if (opened != SQLITE_OK) refuse();
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_busy_timeout(db, 500);
    const Statement first = prepared(db, "SELECT count(*) FROM sqlite_schema");
    if (!first || sqlite3_step(first.get()) != SQLITE_ROW) refuse();  // no database, or a locked one
}

std::vector<std::string> Database::columns() const {
    std::vector<std::string> columns;
    const Statement s = prepared(handle_.get(),
                                 "SELECT m.name || '.' || i.name FROM sqlite_schema m, pragma_table_info(m.name) i "
                                 "WHERE m.type IN ('table', 'view') ORDER BY 1");
    while (s && sqlite3_step(s.get()) == SQLITE_ROW) columns.push_back(lower(row_of(s.get()).front()));
    return columns;
}

std::vector<std::string> Database::names(const std::vector<std::string>& columns) const {
    std::vector<std::string> names;
    const std::vector<std::string> all = this->columns();
    for (const std::string& column : columns) {
        if (std::ranges::find(all, column) == all.end()) continue;
        const std::size_t point = column.find('.');
        const std::string field = column.substr(point + 1), table = column.substr(0, point);
        const Table values = ask(fmt::format("SELECT DISTINCT \"{}\" FROM \"{}\" ORDER BY 1", field, table),
                                 {.seconds = 60, .rows = 1000000});
        for (const auto& row : values.rows) names.push_back(column + "\t" + row.front());
    }
    return names;
}

Table Database::ask(const std::string& sql, const AskOptions& options) const {
    sqlite3* const db = handle_.get();
    const auto refuse = [&](std::string_view why) {
        throw StatementError(fmt::format("{}: the database does not answer `{}`: {}", path_.string(), sql, why));
    };
    sqlite3_set_authorizer(db, allow_reading, nullptr);
    const char* rest = nullptr;
    const Statement statement = prepared(db, sql, &rest);
    sqlite3_set_authorizer(db, nullptr, nullptr);
    if (!statement) refuse(sqlite3_errcode(db) == SQLITE_OK ? "there is no statement" : sqlite3_errmsg(db));
    if (std::string_view(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest)).find_first_not_of(" \n;") !=
        std::string_view::npos)
        refuse("more than one statement");
    if (!sqlite3_stmt_readonly(statement.get())) refuse("it would write");
    Clock clock{std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                       std::chrono::duration<double>(options.seconds))};
    sqlite3_progress_handler(db, 1000, is_late, &clock);
    Table table;
    int code = SQLITE_ROW;
    while (table.complete && (code = sqlite3_step(statement.get())) == SQLITE_ROW) {
        table.complete = table.rows.size() < options.rows;
        if (table.complete) table.rows.push_back(row_of(statement.get()));
    }
    sqlite3_progress_handler(db, 0, nullptr, nullptr);
    if (code == SQLITE_INTERRUPT) refuse(fmt::format("it takes more than {} seconds", options.seconds));
    if (code != SQLITE_ROW && code != SQLITE_DONE) refuse(sqlite3_errmsg(db));
    return table;
}
#else
Database::Database(const std::filesystem::path& path) {
    throw FileError(fmt::format("{}: this heed was built without libsqlite3 (Debian: libsqlite3-dev)", path.string()));
}
std::vector<std::string> Database::columns() const { return {}; }
std::vector<std::string> Database::names(const std::vector<std::string>&) const { return {}; }
Table Database::ask(const std::string&, const AskOptions&) const { return {}; }
#endif

}  // namespace heed::database
