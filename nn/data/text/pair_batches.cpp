// Encoding pairs of texts, and batches of them.
#include <heed/nn/data/rows.hpp>
#include <heed/nn/data/text/pair_batches.hpp>

namespace heed::text {

Ids encode_source(const Bpe& bpe, std::string_view text) {
    Ids ids = bpe.encode(text);
    ids.push_back(Bpe::end);
    return ids;
}

void cut_source(Ids& source, Dim longest) {
    const auto n = static_cast<std::size_t>(longest);
    if (source.size() <= n + 1) return;
    source.resize(n);
    source.push_back(Bpe::end);
}

PairBatch make_batch(std::span<const data::RowPair> pairs) {
    std::vector<Ids> source, previous;
    for (const data::RowPair& pair : pairs) {
        source.push_back(pair.source);
        Ids& row = previous.emplace_back(Ids{Bpe::begin});
        row.insert(row.end(), pair.target.begin(), pair.target.end());
    }
    data::Padded from = data::padded(source, Bpe::pad), to = data::padded(previous, Bpe::pad);
    const Dim t = to.values.shape()[1];
    Ids positions, wanted;
    for (std::size_t row = 0; row < pairs.size(); ++row) {
        for (Dim i = 0; i < to.lengths.storage()[row]; ++i) positions.push_back(static_cast<Dim>(row) * t + i);
        const Ids& target = pairs[row].target;
        wanted.insert(wanted.end(), target.begin(), target.end());
        wanted.push_back(Bpe::end);
    }
    return {std::move(from.values), std::move(from.lengths), std::move(to.values), data::array_of(positions),
            data::array_of(wanted)};
}

}  // namespace heed::text
