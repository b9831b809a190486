#pragma once
// The attention page of a model that reads a text and writes another.
#include <string>
#include <heed/examples/models/pieces.hpp>
#include <heed/nn/data/text/pair_batches.hpp>
#include <heed/nn/inspect/page_of.hpp>

namespace heed::models {

// Calls run(batch) with a text and what was predicted for it, all positions at once, and shows where it attended; the
// last layer first.
template <class Run>
inspect::Page pair_page(const text::Bpe& bpe, const data::RowPair& pair, const std::string& title, const Run& run) {
    text::Ids before{text::Bpe::begin}, after = pair.target;
    before.insert(before.end(), pair.target.begin(), pair.target.end());
    after.push_back(text::Bpe::end);
    const std::vector<std::string> source = shown(bpe, pair.source), previous = shown(bpe, before);
    const std::vector<std::string> predicted = shown(bpe, after);
    const Lenses lenses;
    run(text::make_batch({&pair, 1}));
    inspect::Page page = inspect::page_of(
        lenses, title,
        {{.path = "encoder", .queries = source, .from = "source pieces", .to = "source pieces"},
         {.path = "cross", .queries = predicted, .keys = source, .from = "predicted pieces", .to = "source pieces"},
         {.path = "decoder", .queries = previous, .from = "previous pieces", .to = "previous pieces"},
         {.queries = predicted, .keys = source, .from = "predicted pieces", .to = "source pieces"}});
    page.note = bpe.decode(pair.target);
    page.layer = static_cast<Dim>(page.layers.size()) - 1;
    return page;
}

}  // namespace heed::models
