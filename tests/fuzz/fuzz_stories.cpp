// Fuzz target: files of stories with questions.
#include <heed/examples/answer/stories/data.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        heed::answer::parse_stories({reinterpret_cast<const char*>(data), size}, "stories");
    });
}
