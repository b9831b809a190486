// Fuzz target: files of texts with a hidden name.
#include <heed/nn/data/text/clozes.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        const std::string_view text(reinterpret_cast<const char*>(data), size);
        heed::text::cloze_in(text);
        heed::text::parse_clozes(text, "clozes", 200);
    });
}
