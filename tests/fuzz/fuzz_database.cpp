// Fuzz target: SQLite files, which are opened, listed and asked.
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <heed/nn/data/database/database.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // SQLite opens no file in memory by its path, since it follows links, and may leave others beside it.
    static const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("heed-fuzz-database-" + std::to_string(::getpid()));
    const std::filesystem::path path = folder / "data.sqlite";
    std::filesystem::create_directory(folder);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    const int result = heed::fuzz::read_or_refuse([&] {
        const heed::database::Database database(path);
        database.names(database.columns());
        database.ask("SELECT * FROM city ORDER BY 1", {.seconds = 0.1, .rows = 10});
    });
    std::filesystem::remove_all(folder);
    return result;
}
