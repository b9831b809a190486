// Fuzz target: pronunciation dictionaries.
#include <heed/examples/pronounce/batches.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        using namespace heed::pronounce;
        const std::vector<Entry> all = parse_dictionary({reinterpret_cast<const char*>(data), size}, "dictionary");
        encode(all, letters_of(all), phones_of(all));
    });
}
