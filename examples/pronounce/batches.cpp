// Encoding the entries of a dictionary, and batches of them.
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
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
                sample.phones.push_back(*id);
            }
        }
    }
    return out;
}

Batch make_batch(std::span<const Sample> data, std::span<const std::size_t> which) {
    std::vector<std::vector<std::int64_t>> source, previous, wanted;
    for (const std::size_t i : which) {
        require(
            i < data.size(), "make_batch",
            [&] { return fmt::format("sample {}; expected an index below {}", i, data.size()); }, Site::current());
        source.push_back(data[i].letters);
        previous.push_back({Vocabulary::begin});
        previous.back().insert(previous.back().end(), data[i].phones.begin(), data[i].phones.end());
        wanted.push_back(data[i].phones);
        wanted.back().push_back(Vocabulary::end);
    }
    data::Padded letters = data::padded(source, Vocabulary::pad);
    return {std::move(letters.values), std::move(letters.lengths), data::padded(previous, Vocabulary::pad).values,
            data::padded(wanted, Vocabulary::pad).values};
}

}  // namespace heed::pronounce
