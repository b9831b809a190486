// Encoding the entries of a dictionary, and batches of them.
#include <algorithm>
#include <fmt/format.h>
#include <heed/examples/pronounce/batches.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::pronounce {

std::vector<Sample> encode(const std::vector<Entry>& entries, const Vocabulary& letters, const Vocabulary& phones) {
    std::vector<Sample> out;
    for (const Entry& entry : entries) {
        const auto word = encode_word(letters, entry.word);
        for (const Phones& pronunciation : entry.pronunciations) {
            Sample& sample = out.emplace_back(Sample{word, {}});
            for (const std::string& phone : pronunciation) {
                const auto id = phones.find(phone);
                if (!id)
                    throw program::InputError(fmt::format(
                        "phone '{}' of word '{}' does not occur in the model's training data", phone, entry.word));
                sample.target.push_back(*id);
            }
        }
    }
    return out;
}

double Batch::phones() const {
    return static_cast<double>(count(wanted) - std::ranges::count(wanted.storage(), Vocabulary::pad));
}

Batch make_batch(std::span<const Sample> samples) {
    std::vector<std::vector<std::int64_t>> source, previous, wanted;
    for (const Sample& sample : samples) {
        source.push_back(sample.source);
        previous.push_back({Vocabulary::begin});
        previous.back().insert(previous.back().end(), sample.target.begin(), sample.target.end());
        wanted.push_back(sample.target);
        wanted.back().push_back(Vocabulary::end);
    }
    data::Padded letters = data::padded(source, Vocabulary::pad);
    return {std::move(letters.values), std::move(letters.lengths), data::padded(previous, Vocabulary::pad).values,
            data::padded(wanted, Vocabulary::pad).values};
}

}  // namespace heed::pronounce
