#pragma once
// A database to ask, and what is known of its schema.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>
#include <heed/core/base/error.hpp>
#include <heed/core/real.hpp>

struct sqlite3;

namespace heed::database {

struct Column {
    std::string name;  // "city.city_name", in lower case
    bool is_key = false;
};

// A schema as text2sql-data writes it: lines "TABLE, FIELD, y|n (is primary key), ...", below a line of titles. Throws
// FileError ("NAME:LINE: ...").
std::vector<Column> read_schema(const std::filesystem::path& path);

// The names of those that are keys.
std::vector<std::string> read_keys(const std::filesystem::path& path);

struct Table {
    std::vector<std::vector<std::string>> rows = {};
    bool complete = true;  // else there are more rows

    std::string text() const;                  // a line for each row
    bool same_rows(const Table& other) const;  // in any order
};

struct StatementError : FileError {
    using FileError::FileError;
};  // a statement that a database does not answer

struct AskOptions {
    double seconds = 2;
    std::size_t rows = 1000;
};

// An SQLite file, opened to be read alone: a statement that a model wrote is not trusted.
class Database {
public:
    // Throws FileError, naming the file: it does not exist, is no database, or is locked.
    explicit Database(const std::filesystem::path& path);

    std::vector<std::string> columns() const;  // "city.city_name", in lower case
    // Throws FileError, naming the file, unless it has these columns; names without a point are none.
    void require(const std::vector<std::string>& columns) const;
    // The names in those of these columns that it has: each with its column before it and a tab between.
    std::vector<std::string> names(const std::vector<std::string>& columns) const;
    // The rows that one statement gives, which may only select. Throws StatementError with the reason where SQLite
    // refuses it, where it does more than that, and where it takes too long.
    Table ask(const std::string& sql, const AskOptions& options = {}) const;

private:
    std::filesystem::path path_;
    std::shared_ptr<sqlite3> handle_;
};

}  // namespace heed::database
