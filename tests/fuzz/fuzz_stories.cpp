// Fuzz target: files of stories with questions.
#include <heed/nn/data/text/stories.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        heed::text::parse_stories({reinterpret_cast<const char*>(data), size}, "stories");
    });
}
