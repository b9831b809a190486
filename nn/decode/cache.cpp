// Key-value caches for decoding step by step.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/decode/cache.hpp>

namespace heed::nn {
namespace {

constexpr const char* name = "KeyValueCache";

void refuse_recording(Site at) {
    if (recording())
        throw TapeError(
            fmt::format("{}{}: a tape records, and a cache holds values without gradients; decode without "
                        "a tape, or under a Pause\n"
                        "  called from {}:{}",
                        name, detail::scope_suffix(), at.file, at.line));
}

// Copies `rows` rows of each example, from position `from` on, to the positions from `to` on.
void copy_positions(const Array& source, Dim from, Array& target, Dim to, Dim rows) {
    const Dim width = target.shape()[2], ld_source = source.shape()[1] * width, ld_target = target.shape()[1] * width;
    Real* const begin = target.data();
    const Real* const read = source.storage().data();
    for (Dim b = 0; b < target.shape()[0]; ++b)
        std::copy_n(read + b * ld_source + from * width, rows * width, begin + b * ld_target + to * width);
}

void append_positions(Array& all, Dim size, const Array& fresh) {
    const Dim count = fresh.shape()[1];
    if (all.dimension() == 0) {
        all = fresh;
        return;
    }
    if (const Dim room = all.shape()[1]; size + count > room) {
        Array larger = Array::from_shape({fresh.shape()[0], std::max(2 * room, size + count), fresh.shape()[2]});
        copy_positions(all, 0, larger, 0, size);
        all = std::move(larger);
    }
    copy_positions(fresh, 0, all, size, count);
}

Array reordered(const Array& x, const Ints& rows, Dim size) {
    const Dim n = count(rows), room = x.shape()[1], width = x.shape()[2];
    Array y = Array::from_shape({n, room, width});
    Real* to = y.data();
    for (Dim i = 0; i < n; ++i)
        std::copy_n(x.storage().data() + rows(i) * room * width, size * width, to + i * room * width);
    return y;
}

}  // namespace

void KeyValueCache::append(In keys, In values) {
    refuse_recording(keys.at);
    const bool first = keys_.dimension() == 0;
    const Shape shape = keys.shape();
    if (first) {
        expect(shape.size() == 3, name, "keys", shape, "(b, t, d)", keys.at);
        expect(
            values.rank() == 3 && values.dim(0) == shape[0] && values.dim(1) == shape[1], name, "values",
            values.shape(),
            [&] { return fmt::format("({}, {}, v) because 'keys' is {}", shape[0], shape[1], to_string(shape)); },
            values.at);
    } else {
        expect(
            shape.size() == 3 && shape[0] == keys_.shape()[0] && shape[2] == keys_.shape()[2], name, "keys", shape,
            [&] { return fmt::format("({}, t, {}) as before", keys_.shape()[0], keys_.shape()[2]); }, keys.at);
        const Shape wanted{shape[0], shape[1], values_.shape()[2]};
        expect(
            values.shape() == wanted, name, "values", values.shape(),
            [&] { return to_string(wanted) + " because of 'keys' and the values before"; }, values.at);
    }
    append_positions(keys_, size_, keys.value());
    append_positions(values_, size_, values.value());
    size_ += shape[1];
}

void KeyValueCache::reorder(const Ints& rows, Site at) {
    refuse_recording(at);
    require(keys_.dimension() > 0, name, "reorder() before append(); there are no examples yet", at);
    require(rows.dimension() == 1, name, "reorder() takes a list of indices of examples, (n)", at);
    const Dim examples = keys_.shape()[0];
    for (Dim i = 0; i < count(rows); ++i)
        require(
            0 <= rows(i) && rows(i) < examples, name,
            [&] { return fmt::format("reorder() got {} at ({}); expected 0 <= example < {}", rows(i), i, examples); },
            at);
    keys_ = reordered(keys_, rows, size_);
    values_ = reordered(values_, rows, size_);
}

void KeyValueCache::keep_last(Dim n, Site at) {
    refuse_recording(at);
    require(
        n >= 0, name, [&] { return fmt::format("keep_last({}); expected 0 or more", n); }, at);
    if (n >= size_) return;
    const Dim gone = size_ - n;
    for (Array* x : {&keys_, &values_}) {
        const Array before = *x;
        *x = Array::from_shape(before.shape());
        copy_positions(before, gone, *x, 0, n);
    }
    start_ += gone;
    size_ = n;
}

void KeyValueCache::rewind(Dim next, Site at) {
    require(
        start_ <= next && next <= this->next(), name,
        [&] {
            return fmt::format("rewind({}); expected a position from start() {} to next() {}", next, start_,
                               this->next());
        },
        at);
    size_ = next - start_;
    if (next == 0) keys_ = values_ = Array();  // other shapes may come
}

void StackCache::reorder(const Ints& rows, Site at) {
    for (KeyValueCache& layer : layers) layer.reorder(rows, at);
}

void StackCache::keep_last(Dim n, Site at) {
    for (KeyValueCache& layer : layers) layer.keep_last(n, at);
}

void StackCache::rewind(Dim next, Site at) {
    for (KeyValueCache& layer : layers) layer.rewind(next, at);
    if (next == 0) layers.clear();
}

std::vector<KeyValueCache>& StackCache::of(const char* stack, std::size_t count, Site at) {
    if (layers.empty()) layers.resize(count);
    require(
        layers.size() == count, stack,
        [&] { return fmt::format("a cache of {} layers for {} layers", layers.size(), count); }, at);
    return layers;
}

}  // namespace heed::nn
