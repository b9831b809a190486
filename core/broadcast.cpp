#include <heed/core/broadcast.hpp>
#include <heed/core/error.hpp>

namespace heed {
namespace {

// y (kept axes) += x over a walk of x's axes; `steps` are y's strides, 0 along summed axes.
void accumulate(const Real*& x, Real* y, const Shape& shape, const Shape& steps, std::size_t axis) {
    const Dim n = shape[axis], step = steps[axis];
    if (axis + 1 < shape.size()) {
        for (Dim i = 0; i < n; ++i) accumulate(x, y + i * step, shape, steps, axis + 1);
    } else if (step) {
        for (Dim i = 0; i < n; ++i) y[i] += x[i];
        x += n;
    } else {
        Real sum = 0;
        for (Dim i = 0; i < n; ++i) sum += x[i];
        *y += sum;
        x += n;
    }
}

}  // namespace

Array sum_to(const Array& x, const Shape& shape) {
    const Shape& from = x.shape();
    Shape steps(from.size());
    const std::size_t extra = from.size() - std::min(shape.size(), from.size());
    bool fits = from.size() >= shape.size();
    Dim step = 1;
    for (std::size_t i = from.size(); fits && i-- > extra; step *= shape[i - extra]) {
        fits = shape[i - extra] == from[i] || shape[i - extra] == 1;
        steps[i] = shape[i - extra] == 1 ? 0 : step;
    }
    expect(fits, "sum_to", "x", from, [&] { return "a shape that " + to_string(shape) + " broadcasts to"; }, Site{});
    Array y = filled(shape, 0);
    const Real* read = x.storage().data();
    if (from.empty()) *y.data() = *read;
    else if (count(x)) accumulate(read, y.data(), from, steps, 0);
    return y;
}

void add_to(Storage<Real>& into, const Storage<Real>& x) {
    Real* y = into.data();
    const Real* read = x.data();
    for (std::size_t i = 0, n = x.size(); i < n; ++i) y[i] += read[i];
}

}  // namespace heed
