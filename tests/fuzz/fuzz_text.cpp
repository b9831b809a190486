// Fuzz target: a whole text and its characters.
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/vocabulary.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        const std::string text = heed::text::read_text(heed::fuzz::path_of(data, size));
        const heed::text::Vocabulary characters = heed::text::characters_of(text);
        std::string back;
        for (const std::string& character : heed::utf8::code_points(text))
            back += characters.symbol(characters.find(character).value());
        if (back != text) throw heed::Error("a text does not come back from its ids");
    });
}
