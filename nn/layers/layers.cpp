// Embeddings.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/layers/layers.hpp>

namespace heed::nn {
namespace {

std::optional<Dim> checked_padding(const char* layer, const EmbeddingOptions& o, Dim count, Site at) {
    if (!o.padding) return {};
    const Dim id = *o.padding < 0 ? *o.padding + count : *o.padding;
    require(
        0 <= id && id < count, layer,
        [&] { return fmt::format("padding is {}; expected an id of {} rows", *o.padding, count); }, at);
    return id;
}

Init without_row(const Init& start, std::optional<Dim> row) {
    if (!row) return start;
    return [=](Array& values, RandomStream stream) {
        start(values, stream);
        const Dim width = values.shape()[1];
        std::fill_n(values.data() + *row * width, width, Real(0));
    };
}

Var make_table(const Params& p, Dim count, Dim width, const Init& start, std::optional<Dim> padding) {
    return p.make("table", {count, width}, without_row(start, padding), {.name = "weight"});
}

}  // namespace

Embedding::Embedding(Params p, Dim count, Dim width, const EmbeddingOptions& options, Site at)
    : padding(checked_padding("Embedding", options, count, at)) {
    table = make_table(p, count, width, options.start, padding);
}

Var Embedding::operator()(const Ints& ids, Site at) const {
    const LayerScope scope(table, at);
    Var rows = take_rows(table, ids);
    if (!padding || !recording()) return rows;
    Shape shape = ids.shape();
    shape.push_back(1);
    Array hidden = Array::from_shape(shape);
    std::transform(ids.storage().cbegin(), ids.storage().cend(), hidden.data(),
                   [this](std::int64_t id) { return id == *padding ? Real(1) : Real(0); });
    return where(hidden, rows.detach(), rows);
}

Var Embedding::logits(In x) const {
    const LayerScope scope(table, x.at);
    if (!padding || !recording()) return linear(x, transpose(table));
    Array hidden = filled({table.dim(0), 1}, 0);
    hidden.data()[*padding] = 1;
    return linear(x, transpose(where(hidden, table.detach(), table)));
}

EmbeddingBag::EmbeddingBag(Params p, Dim count, Dim width, BagMode mode, const EmbeddingOptions& options, Site at)
    : mode(mode), padding(checked_padding("EmbeddingBag", options, count, at)) {
    table = make_table(p, count, width, options.start, padding);
}

Var EmbeddingBag::operator()(const Ints& ids, const Var& weights, Site at) const {
    const LayerScope scope(table, at);
    return embedding_bag(In(table, at), ids, {.mode = mode, .weights = weights, .padding = padding});
}

Var EmbeddingBag::operator()(const Ints& ids, const Ints& offsets, const Var& weights, Site at) const {
    const LayerScope scope(table, at);
    return embedding_bag(In(table, at), ids,
                         {.offsets = offsets, .mode = mode, .weights = weights, .padding = padding});
}

}  // namespace heed::nn
