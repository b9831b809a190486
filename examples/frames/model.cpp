// The model: its loss, its probabilities and its decoding.
#include <fmt/format.h>
#include <heed/examples/frames/model.hpp>

namespace heed::frames {

Model::Model(nn::Params p, const ModelOptions& o) : options(o), encoder(p / "encoder", o) {
    const bool label = o.decoder == "label", attention = o.decoder == "attention";
    require(
        label || attention || o.decoder == "ctc", "frames",
        [&] { return fmt::format("there is no decoder '{}'; expected label, ctc or attention", o.decoder); },
        Site::current());
    if (label) classifier.emplace(p / "classifier", o);
    if (attention) speller.emplace(p / "speller", o);
    if (!label && (!attention || o.ctc_share > 0)) ctc.emplace(p / "ctc", o);
}

Var Model::loss(const Batch& batch, double smoothing) const {
    const Encoded encoded = encoder(batch.features, batch.lengths);
    if (classifier) return classifier->loss(encoded, batch.labels, smoothing);
    if (!speller) return ctc->loss(encoded, batch.labels);
    const Var attention_loss = speller->loss(encoded, batch.labels, smoothing);
    if (!ctc) return attention_loss;
    return (1 - options.ctc_share) * attention_loss + options.ctc_share * ctc->loss(encoded, batch.labels);
}

double Model::items(const Batch& batch) const {
    const auto clips = static_cast<double>(count(batch.lengths));
    if (!speller || ctc) return clips;
    return clips + static_cast<double>(sum(Var(batch.labels.lengths)).item());
}

Var Model::probabilities(std::span<const Batch> views) const {
    Var total(0);
    for (const Batch& batch : views) total = total + softmax((*classifier)(encoder(batch.features, batch.lengths)));
    return total / views.size();
}

std::vector<Labels> Model::decode(std::span<const Batch> views, Dim beam) const {
    if (classifier) {
        std::vector<Labels> decoded;
        const Ints best = argmax(probabilities(views));
        for (Dim i = 0; i < count(best); ++i) decoded.push_back({best(i)});
        return decoded;
    }
    const Encoded encoded = encoder(views.front().features, views.front().lengths);
    return speller ? speller->decode(encoded, beam) : ctc->decode(encoded, beam);
}

}  // namespace heed::frames
