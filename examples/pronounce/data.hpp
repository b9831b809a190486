#pragma once
// A dictionary, prepared: pairs of rows, the letters of a word and the phones of one of its pronunciations, mapped
// where they are many. Words come in the order of their first line, with all their pronunciations one after the other.
#include <optional>
#include <heed/examples/pronounce/options.hpp>
#include <heed/nn/data/row_pairs.hpp>
#include <heed/nn/program/prepare.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::pronounce {

// The vocabularies of an earlier run; none: those of the dictionary.
struct DataOptions {
    std::optional<std::vector<std::string>> letters = {}, phones = {};
};

struct Data {
    program::PreparedData prepared;
    Vocabulary letters, phones;
    std::vector<std::uint32_t> train;      // pairs to train on: every pronunciation of their words
    std::vector<std::uint32_t> dev, test;  // the first pair of each word that is held out
    std::vector<std::int64_t> seen;        // hashes of the words to train on, sorted
    program::Examples train_words, held_out_words;

    std::vector<Entry> entries(std::span<const std::uint32_t> first_pairs) const;
};

// Reads the dictionary of the configuration and splits it. Throws as read_dictionary() and prepare() do, as encode()
// does for a letter or phone that the vocabularies lack.
Data read_data(const Options& config, const program::Launch& launch, const DataOptions& options = {});

}  // namespace heed::pronounce
