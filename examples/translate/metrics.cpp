// Translating text, and its BLEU.
#include <algorithm>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/translate/metrics.hpp>

namespace heed::translate {

std::vector<std::string> translate_text(const Model& model, const Bpe& bpe, const std::vector<std::string>& sentences,
                                        const SearchOptions& options, training::Group& group) {
    std::vector<Ids> sources;
    for (const std::string& sentence : sentences)
        if (!sentence.empty()) sources.push_back(text::encode_source(bpe, sentence));
    const std::vector<Ids> ids = translate(model, sources, options, group);
    std::vector<std::string> translations(sentences.size());
    for (std::size_t i = 0, k = 0; i < sentences.size(); ++i)
        if (!sentences[i].empty()) translations[i] = utf8::printable(bpe.decode(ids[k++]));
    return translations;
}

text::Bleu measure(const Model& model, const Bpe& bpe, std::span<const TextPair> pairs, const SearchOptions& search,
                   const text::BleuOptions& options, training::Progress* progress, training::Group& group) {
    constexpr std::size_t at_once = 1024;
    text::Bleu bleu;
    if (progress) progress->set_total(static_cast<Dim>(pairs.size()));
    for (std::size_t from = 0; from < pairs.size(); from += at_once) {
        const std::span<const TextPair> some = pairs.subspan(from, std::min(at_once, pairs.size() - from));
        std::vector<std::string> sources;
        for (const TextPair& pair : some) sources.push_back(pair.source);
        const std::vector<std::string> translations = translate_text(model, bpe, sources, search, group);
        for (std::size_t i = 0; i < some.size(); ++i) bleu.add(translations[i], some[i].target, options);
        if (progress) progress->update(static_cast<Dim>(from + some.size()), static_cast<double>(some.size()), 0);
    }
    return bleu;
}

}  // namespace heed::translate
