// Encoding sentence pairs, and batches of them.
#include <heed/examples/translate/batches.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::translate {

Ids encode_source(const Bpe& bpe, std::string_view sentence) {
    Ids ids = bpe.encode(sentence);
    ids.push_back(Bpe::end);
    return ids;
}

std::vector<Sample> encode(const Bpe& bpe, std::span<const Pair> pairs, std::size_t longest) {
    std::vector<Sample> samples;
    for (const Pair& pair : pairs) {
        Sample sample{encode_source(bpe, pair.source), bpe.encode(pair.target)};
        if (sample.source.size() <= longest + 1 && sample.target.size() <= longest)
            samples.push_back(std::move(sample));
    }
    return samples;
}

Batch make_batch(std::span<const Sample> data, std::span<const std::size_t> which) {
    std::vector<Ids> source, previous;
    for (const std::size_t i : which) {
        source.push_back(data[i].source);
        Ids& row = previous.emplace_back(Ids{Bpe::begin});
        row.insert(row.end(), data[i].target.begin(), data[i].target.end());
    }
    data::Padded from = data::padded(source, Bpe::pad), to = data::padded(previous, Bpe::pad);
    const Dim t = to.values.shape()[1];
    Ids positions, wanted;
    for (std::size_t row = 0; row < which.size(); ++row) {
        for (Dim i = 0; i < to.lengths.storage()[row]; ++i) positions.push_back(static_cast<Dim>(row) * t + i);
        const Ids& target = data[which[row]].target;
        wanted.insert(wanted.end(), target.begin(), target.end());
        wanted.push_back(Bpe::end);
    }
    return {std::move(from.values), std::move(from.lengths), std::move(to.values), data::array_of(positions),
            data::array_of(wanted)};
}

}  // namespace heed::translate
