// Encoding sentence pairs, and batches of them.
#include <heed/examples/translate/batches.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::translate {

Ids encode_source(const Bpe& bpe, std::string_view sentence) {
    Ids ids = bpe.encode(sentence);
    ids.push_back(Bpe::end);
    return ids;
}

Batch make_batch(std::span<const Sample> samples) {
    std::vector<Ids> source, previous;
    for (const Sample& sample : samples) {
        source.push_back(sample.source);
        Ids& row = previous.emplace_back(Ids{Bpe::begin});
        row.insert(row.end(), sample.target.begin(), sample.target.end());
    }
    data::Padded from = data::padded(source, Bpe::pad), to = data::padded(previous, Bpe::pad);
    const Dim t = to.values.shape()[1];
    Ids positions, wanted;
    for (std::size_t row = 0; row < samples.size(); ++row) {
        for (Dim i = 0; i < to.lengths.storage()[row]; ++i) positions.push_back(static_cast<Dim>(row) * t + i);
        const Ids& target = samples[row].target;
        wanted.insert(wanted.end(), target.begin(), target.end());
        wanted.push_back(Bpe::end);
    }
    return {std::move(from.values), std::move(from.lengths), std::move(to.values), data::array_of(positions),
            data::array_of(wanted)};
}

}  // namespace heed::translate
