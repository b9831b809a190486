#include <heed/examples/frames/heads.hpp>
#include <heed/nn/ctc_decode.hpp>
#include <heed/ops/ctc.hpp>

namespace heed::frames {

Var Classifier::operator()(const Encoded& heard) const {
    const Array alive = heard.alive();
    return out(drop(sum(heard.states * alive, {1}) / sum(alive, {1})));
}

Var Classifier::loss(const Encoded& heard, const training::Padded& labels, double smoothing) const {
    Ints first = labels.lengths;
    for (Dim i = 0; i < count(first); ++i) first.data()[i] = labels.values(i, 0);
    return cross_entropy((*this)(heard), first, {.smoothing = smoothing});
}

Var CtcReader::loss(const Encoded& heard, const training::Padded& labels) const {
    // An utterance that became too fast for its labels teaches nothing.
    return ctc_loss((*this)(heard), labels.values, heard.steps, labels.lengths, {.blank = blank, .zero_infinity = true});
}

std::vector<Labels> CtcReader::read(const Encoded& heard, Dim beam) const {
    const Var log_probs = (*this)(heard);
    if (beam == 1) return nn::ctc_greedy(log_probs, heard.steps, blank);
    std::vector<Labels> said;
    for (auto& found : nn::ctc_beam_search(log_probs, heard.steps, {.beam = beam, .blank = blank})) said.push_back(std::move(found.front().labels));
    return said;
}

}  // namespace heed::frames
