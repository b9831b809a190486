// Fuzz target: schemas of databases.
#include <heed/nn/data/database/database.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] { heed::database::read_schema(heed::fuzz::path_of(data, size)); });
}
