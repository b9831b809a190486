#include <heed/examples/charlm/corpus.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        const std::string text = heed::charlm::read_text(heed::fuzz::path_of(data, size));
        const heed::charlm::Alphabet alphabet(text);
        const heed::charlm::Ids ids = alphabet.encode(text, "text");
        std::string back;
        for (const std::int64_t id : ids) back += alphabet.symbol(id);
        if (back != text) throw heed::Error("a text does not come back from its numbers");
    });
}
