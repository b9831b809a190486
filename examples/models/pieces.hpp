#pragma once
// The byte-pair pieces of a model of text, as a part of its options: its file holds their merges.
#include <tuple>
#include <fmt/format.h>
#include <heed/nn/data/text/bpe.hpp>
#include <heed/nn/optim/checkpoint.hpp>

namespace heed::models {

struct Pieces {
    text::Bpe bpe = {};
    Dim vocabulary = 0;  // the number of pieces, set by use()

    void use(text::Bpe pieces) {
        bpe = std::move(pieces);
        vocabulary = bpe.size();
    }

    void put(nn::Checkpoint& file) const {
        Ints merges = Ints::from_shape({static_cast<Dim>(bpe.merges().size()), 2});
        for (Dim i = 0; i < merges.shape()[0]; ++i)
            std::tie(merges(i, 0), merges(i, 1)) = bpe.merges()[static_cast<std::size_t>(i)];
        file.put("merges", merges);
    }

    void get(const nn::Checkpoint& file) {  // throws FileError for invalid merges
        const Ints merges = file.ints("merges");
        if (merges.dimension() != 2 || merges.shape()[1] != 2)
            throw FileError(
                fmt::format("{}: its merges have shape {}; expected (n, 2)", file.name(), to_string(merges.shape())));
        std::vector<text::Bpe::Merge> all;
        for (Dim i = 0; i < merges.shape()[0]; ++i) all.emplace_back(merges(i, 0), merges(i, 1));
        try {
            use(text::Bpe(std::move(all)));
        } catch (const RangeError& e) {
            throw FileError(fmt::format("{}: its merges make no pieces ({}); train it again", file.name(), e.what()));
        }
    }
};

// The pieces of ids as labels of an attention page; markers are dots.
inline std::vector<std::string> shown(const text::Bpe& bpe, const text::Ids& ids) {
    std::vector<std::string> pieces;
    for (const std::int64_t id : ids)
        pieces.push_back(id == text::Bpe::begin || id == text::Bpe::end ? "·" : bpe.piece(id));
    return pieces;
}

}  // namespace heed::models
