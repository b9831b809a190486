// Beam search for summaries; marks at what is copied; ROUGE.
#include <heed/core/base/utf8.hpp>
#include <heed/examples/summarise/search.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::summarise {

std::vector<Summary> summarise(const Model& model, const ModelOptions& options, const std::vector<std::string>& texts,
                               const SearchOptions& o, training::Group& group) {
    nn::BeamOptions beam{.width = o.beam,
                         .length_penalty = o.length_penalty,
                         .begin = Bpe::begin,
                         .end = Bpe::end,
                         .first = Bpe::end};
    if (o.no_repeat > 0) beam.may_follow = nn::no_repeated_ngrams(o.no_repeat);
    std::vector<Summary> summaries(texts.size());
    std::vector<Ids> sources;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].empty()) continue;
        Source source = encode_source(options, texts[i]);
        summaries[i].pieces = source.pieces;
        sources.push_back(std::move(source.ids));
        of.push_back(i);
    }
    const auto longest = [&](Dim) { return o.most; };
    const std::vector<Ids> found = training::beam_decode(group, model, sources, Bpe::pad, longest, beam, o.at_once);
    for (std::size_t k = 0; k < found.size(); ++k) {
        Summary& summary = summaries[of[k]];
        summary.ids = found[k];
        summary.text = utf8::printable(options.bpe.decode(summary.ids));
    }
    return summaries;
}

std::string with_marks(const Model& model, const ModelOptions& options, const std::string& text, const Summary& summary,
                       std::string_view on, std::string_view off) {
    if (summary.ids.empty()) return summary.text;
    const data::RowPair pair{encode_source(options, text).ids, summary.ids};
    const std::vector<double> copied = model.copied(text::make_batch({&pair, 1}));
    std::string all;
    for (std::size_t from = 0; from < summary.ids.size();) {
        std::size_t to = from;
        double share = 0;
        do share += copied[to++];
        while (to < summary.ids.size() && !options.bpe.piece(summary.ids[to]).starts_with(' '));
        const std::span<const std::int64_t> ids(summary.ids.data() + from, to - from);
        const std::string word = utf8::printable(options.bpe.decode(ids));  // without the space before it
        if (from > 0) all += ' ';
        if (!word.empty() && 2 * share > static_cast<double>(ids.size())) all.append(on).append(word).append(off);
        else all += word;
        from = to;
    }
    return all;
}

std::string_view first_sentence(std::string_view text) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
        if (text[i + 1] == ' ' && std::string_view(".!?").find(text[i]) != std::string_view::npos)
            return text.substr(0, i + 1);
    return text;
}

text::Rouge measure(const Model& model, const ModelOptions& options, std::span<const text::TextPair> pairs,
                    const SearchOptions& search, training::Group& group) {
    std::vector<std::string> sources;
    for (const text::TextPair& pair : pairs) sources.push_back(pair.source);
    const std::vector<Summary> summaries = summarise(model, options, sources, search, group);
    text::Rouge rouge;
    for (std::size_t i = 0; i < pairs.size(); ++i) rouge.add(summaries[i].text, pairs[i].target);
    return rouge;
}

text::Rouge measure_first_sentences(std::span<const text::TextPair> pairs) {
    text::Rouge rouge;
    for (const text::TextPair& pair : pairs) rouge.add(first_sentence(pair.source), pair.target);
    return rouge;
}

}  // namespace heed::summarise
