// The database kit: schemas, and asking a database.
#include <fstream>
#include <sqlite3.h>
#include <heed/nn/data/database/database.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

namespace heed::database {

TEST_CASE("database: schemas are read or refused", "[database]") {
    const TemporaryFolder folder;
    const std::string file = folder / "schema.csv";
    std::ofstream(file)
        << "Table Name, Field Name, Is Primary Key\nCITY, NAME, y, n, text\n-, -, -\nCITY, SIZE, n, n, int\n";
    const std::vector<Column> columns = read_schema(file);
    REQUIRE(columns.size() == 2);
    CHECK((columns[0].name == "city.name" && columns[0].is_key));
    CHECK((columns[1].name == "city.size" && !columns[1].is_key));
    std::ofstream(file) << "Table Name\nCITY\n";
    CHECK_THROWS_WITH(read_schema(file), Containing("schema.csv:2: expected 'TABLE, FIELD, y or n, ...'"));
    std::ofstream(file) << "Table Name\n";
    CHECK_THROWS_WITH(read_schema(file), Containing("holds no column"));
}

TEST_CASE("database: a database is asked, and never changed", "[database]") {
    const TemporaryFolder folder;
    const std::string file = folder / "towns.sqlite";
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db,
                         "CREATE TABLE city (name TEXT, size INT); INSERT INTO city VALUES ('Ulm', 3), ('Bonn', 5),"
                         "(NULL, 7)",
                         nullptr, nullptr, nullptr) == SQLITE_OK);
    const Database database(file);
    CHECK(database.columns() == Texts{"city.name", "city.size"});
    CHECK(database.names({"city.name", "lake.name"}) == Texts{"city.name\t", "city.name\tBonn", "city.name\tUlm"});
    CHECK(database.ask("SELECT size FROM city WHERE name = \"Ulm\" ;").text() == "3\n");
    CHECK(database.ask("SELECT name FROM city", {.rows = 2}).text() == "Ulm\nBonn\n...\n");
    CHECK(database.ask("SELECT 1 UNION SELECT 2 ORDER BY 1")
              .same_rows(database.ask("SELECT 1 UNION SELECT 2 ORDER BY 1 DESC")));
    for (const auto& [sql, why] : {std::pair("DELETE FROM city", "not authorized"),
                                   {"PRAGMA writable_schema = 1", "not authorized"},
                                   {"ATTACH 'other' AS o", "not authorized"},
                                   {"SELECT load_extension('x')", "not authorized"},
                                   {"SELECT 1; SELECT 2", "more than one statement"},
                                   {"SELECT absent FROM city", "no such column"},
                                   {"SELECT", "incomplete input"},
                                   {"", "no statement"}})
        CHECK_THROWS_WITH(database.ask(sql), Containing(why));
    CHECK_THROWS_WITH(
        database.ask("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n",
                     {.seconds = 0.05}),
        Containing("takes more than 0.05 seconds"));

    REQUIRE(sqlite3_exec(db, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK_THROWS_WITH(Database(file), Containing("towns.sqlite: database is locked"));
    sqlite3_close(db);
    std::ofstream(folder / "text") << "this is no database, though it is longer than a header of one hundred bytes "
                                      "that a file of SQLite begins with";
    CHECK_THROWS_WITH(Database(folder / "text"), Containing("text: file is not a database"));
    CHECK_THROWS_AS(Database(folder / "nowhere"), FileError);
    CHECK_THROWS_AS(Database(folder.path()), FileError);
}

}  // namespace heed::database
