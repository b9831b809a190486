#pragma once
// A text as ids, one for each of its characters (code points).
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/nn/data/ids.hpp>
#include <heed/nn/data/shard.hpp>
#include <heed/nn/data/text/vocabulary.hpp>
#include <heed/nn/program/prepare.hpp>
#include <heed/nn/program/run_data.hpp>
#include <heed/ops/attention/stretches.hpp>

namespace heed::charlm {

using data::IdSpan;
using Ids = std::vector<std::int64_t>;

// Throws InputError, naming the character, its position and `name`, for one that does not occur in the alphabet.
Ids encode(const text::Vocabulary& alphabet, std::string_view text, std::string_view name);

// The first nine tenths of a text's characters are for training; the rest is for evaluation.
Dim cut_of(Dim characters);

// How an earlier run split a text, and which characters its model knows; none: by cut_of(), and those of the text.
struct CorpusOptions {
    std::optional<Dim> cut = {};
    std::optional<std::vector<std::string>> symbols = {};
};

// A text file, prepared: mapped where it is large.
struct Corpus {
    explicit Corpus(program::PreparedData from);
    program::PreparedData data;
    std::vector<std::string> symbols;  // the alphabet of the ids
    IdSpan train, held_out;
    program::Examples train_text() const { return {train.size(), data.note<std::uint64_t>("train")}; }
    program::Examples held_out_text() const { return {held_out.size(), data.note<std::uint64_t>("held_out")}; }
};

// Throws as TextStream and prepare() do, and InputError as encode() does.
Corpus read_corpus(const std::string& path, const program::Launch& launch, const CorpusOptions& options = {});

// Windows of `block` characters and the characters after each of them.
struct Windows {
    Ints text, next;  // (b, block)
};
Windows windows_at(const IdSpan& ids, const std::vector<std::size_t>& starts, Dim block);
// Batch number n of training, or those of a shard, which may have none: windows at `batch` random positions, a function
// of (seed, n) alone. Throws RangeError for a text that is not longer than a block.
Windows random_windows(const IdSpan& ids, Dim batch, Dim block, std::uint64_t seed, Dim n, data::Shard shard = {});
// Of whole windows the stretches that this process has, (b, size) each, in the order of stretches.of(rank).
std::vector<Windows> cut(const Windows& whole, const Stretches& stretches);
std::vector<Ints> texts_of(const std::vector<Windows>& stretches);

}  // namespace heed::charlm
