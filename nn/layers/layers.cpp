// Embeddings.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/layers/layers.hpp>

namespace heed::nn {
namespace {

std::optional<Dim> checked_padding(const EmbeddingOptions& o, Dim count, Site at) {
    if (!o.padding) return {};
    const Dim id = *o.padding < 0 ? *o.padding + count : *o.padding;
    require(
        0 <= id && id < count, "Embedding",
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

}  // namespace

Embedding::Embedding(Params p, Dim count, Dim width, const EmbeddingOptions& options, Site at)
    : padding(checked_padding(options, count, at)) {
    table = p.make("table", {count, width}, without_row(options.start, padding), {.name = "weight"});
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

}  // namespace heed::nn
