// Pooling, shared out to threads.
#include <algorithm>
#include <heed/core/base/list.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/shape.hpp>
#include <heed/ops/kernel/pool/pool_table.hpp>

namespace heed::kernel {
namespace {

// Calls f(offset of an image in x, offset of its result) for each image.
template <class F>
void each_image(const Windows& w, F&& f) {
    const Dim work = saturated_product(saturated_product(w.window[0], w.window[1]), w.positions() * w.channels);
    parallel_blocks(w.batch, std::max(Dim{1}, 65536 / std::max(Dim{1}, work)), [&](Dim begin, Dim end) {
        for (Dim b = begin; b < end; ++b) f(b * w.image(), b * w.positions() * w.channels);
    });
}

List<WindowRange> windows_over(const Windows& w, std::size_t axis) {
    List<WindowRange> windows;
    for (Dim last = w.padding[axis]; last < w.size[axis] + w.padding[axis];
         ++last) {  // where such a window may begin, with the padding
        const Dim stride = w.stride[axis], before = last - w.window[axis];
        windows.push_back({before < 0 ? 0 : before / stride + 1, std::min(last / stride + 1, w.result[axis])});
    }
    return windows;
}

}  // namespace

void max_pool(const Windows& w, const Real* x, Real* y, Place* places) {
    each_image(w, [&](Dim image, Dim result) {
        table<PoolFamily>().max(w, x + image, y + result, places == nullptr ? nullptr : places + result);
    });
}

void max_pool_backward(const Windows& w, const Place* places, const Real* dy, Real* dx) {
    const List<WindowRange> rows = windows_over(w, 0), columns = windows_over(w, 1);
    each_image(w, [&](Dim image, Dim result) {
        table<PoolFamily>().max_backward(w, {rows.data(), columns.data()}, places + result, dy + result, dx + image);
    });
}

void avg_pool(const Windows& w, const Real* x, Real* y) {
    each_image(w, [&](Dim image, Dim result) { table<PoolFamily>().mean(w, x + image, y + result); });
}

void avg_pool_backward(const Windows& w, const Real* dy, Real* dx) {
    const List<WindowRange> rows = windows_over(w, 0), columns = windows_over(w, 1);
    each_image(w, [&](Dim image, Dim result) {
        table<PoolFamily>().mean_backward(w, {rows.data(), columns.data()}, dy + result, dx + image);
    });
}

}  // namespace heed::kernel
