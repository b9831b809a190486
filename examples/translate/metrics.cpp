// Translating text, and its BLEU.
#include <heed/core/base/utf8.hpp>
#include <heed/examples/translate/metrics.hpp>

namespace heed::translate {

std::vector<std::string> translate_text(const Model& model, const Bpe& bpe, const std::vector<std::string>& sentences,
                                        const SearchOptions& options) {
    std::vector<Ids> sources;
    for (const std::string& sentence : sentences)
        if (!sentence.empty()) sources.push_back(encode_source(bpe, sentence));
    const std::vector<Ids> ids = translate(model, sources, options);
    std::vector<std::string> translations(sentences.size());
    for (std::size_t i = 0, k = 0; i < sentences.size(); ++i)
        if (!sentences[i].empty()) translations[i] = utf8::printable(bpe.decode(ids[k++]));
    return translations;
}

text::Bleu measure(const Model& model, const Bpe& bpe, const std::vector<Pair>& pairs, const SearchOptions& search,
                   const text::BleuOptions& options) {
    std::vector<std::string> sources;
    for (const Pair& pair : pairs) sources.push_back(pair.source);
    const std::vector<std::string> translations = translate_text(model, bpe, sources, search);
    text::Bleu bleu;
    for (std::size_t i = 0; i < pairs.size(); ++i) bleu.add(translations[i], pairs[i].target, options);
    return bleu;
}

}  // namespace heed::translate
