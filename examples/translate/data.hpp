#pragma once
// Parallel text, prepared: pairs of rows of pieces, mapped where they are many.
#include <optional>
#include <heed/examples/translate/options.hpp>
#include <heed/nn/data/row_pairs.hpp>
#include <heed/nn/program/prepare.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::translate {

// How an earlier run split the text, and the pieces that it learned; none: as the options say.
struct DataOptions {
    std::optional<Dim> cut = {};
    std::optional<std::vector<Bpe::Merge>> merges = {};
};

struct Data {
    program::PreparedData prepared;  // the sources' rows end with the end marker
    std::vector<Bpe::Merge> merges;
    program::Examples train;  // before sentences are left out for their length
    std::vector<Pair> dev;
};

// Reads the data of the configuration. If the dev pairs do not have files of their own, the text is cut after `cut`
// pairs, or before its last fiftieth where that is not given. Prints on standard error how many lines were left out.
// Throws FileError, IoError as PairStream and prepare() do.
Data read_data(const Options& config, const program::Launch& launch, const DataOptions& options = {});
// The dev pairs alone; throws FileError for none.
std::vector<Pair> read_dev(const Options& config, const program::Launch& launch, std::optional<Dim> cut = {});

// The pairs to train on: those of which neither side has more than config.longest pieces. Prints how many were left
// out; throws FileError where all are.
data::RowPairs samples_of(const Data& data, const Options& config);

}  // namespace heed::translate
