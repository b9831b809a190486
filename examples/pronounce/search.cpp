// Beam search for phones, and the attention weights of given phones.
#include <heed/examples/pronounce/search.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::pronounce {

std::vector<PhoneIds> pronounce(const Model& model, const std::vector<PhoneIds>& words, Dim width,
                                training::Group& group) {
    constexpr Dim at_once = 256;
    const nn::BeamOptions beam{.width = width,
                               .begin = Vocabulary::begin,
                               .end = Vocabulary::end,
                               .first = Vocabulary::end};
    return training::beam_decode(
        group, model, words, Vocabulary::pad, [](Dim letters) { return 2 * letters + 4; }, beam, at_once);
}

std::vector<double> align(const Model& model, const PhoneIds& word, const PhoneIds& phones) {
    const Sample sample{word, phones};
    std::vector<Var> weights;
    model(make_batch({&sample, 1}), &weights);
    std::vector<double> all;
    for (const Var& row : weights) all.insert(all.end(), row.value().storage().begin(), row.value().storage().end());
    return all;
}

}  // namespace heed::pronounce
