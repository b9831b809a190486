// Beam search for translations.
#include <heed/examples/translate/search.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::translate {

std::vector<Ids> translate(const Model& model, const std::vector<Ids>& sources, const SearchOptions& o,
                           training::Group& group) {
    const nn::BeamOptions beam{.width = o.beam,
                               .length_penalty = o.length_penalty,
                               .begin = Bpe::begin,
                               .end = Bpe::end,
                               .first = Bpe::end};
    return training::beam_decode(
        group, model, sources, Bpe::pad, [](Dim n) { return n + n / 2 + 10; }, beam, o.at_once);
}

}  // namespace heed::translate
