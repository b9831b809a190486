// Fuzz target: lines of text, plain or compressed, and their byte-pair pieces.
#include <heed/nn/data/text/bpe.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        const std::vector<std::string> lines = heed::text::read_lines(heed::fuzz::path_of(data, size));
        heed::text::WordCounts words;
        for (const std::string& line : lines) heed::text::count_words(line, words);
        const heed::text::Bpe bpe = heed::text::learn_bpe(words, heed::text::Bpe::first_merge + 8);
        for (const std::string& line : lines)
            if (bpe.decode(bpe.encode(line)) != line) throw heed::Error("a line does not come back from its pieces");
    });
}
