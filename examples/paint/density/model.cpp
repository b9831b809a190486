// The causal transformer over strips, and the network of each pixel.
#include <numbers>
#include <heed/examples/paint/density/model.hpp>

namespace heed::paint {
namespace {

const DensityModelOptions& checked(const DensityModelOptions& o) {
    if (o.width % o.strip != 0)
        throw RangeError(
            fmt::format("paint: lines of {} pixels are no whole number of strips of {}", o.width, o.strip));
    return o;
}

// Pixels before one, within `reach` to the left and in so many lines above it.
Dim count_near(const DensityModelOptions& o) { return o.reach * (2 * o.reach + 1) + o.reach; }

// The pixels before each one, (b, pixels, count_near); outside of the picture all is black.
Array pixels_around(const Array& pictures, const DensityModelOptions& o) {
    const Dim b = pictures.shape()[0], reach = o.reach, width = o.width, pixels = o.height * width;
    Array near_by = Array::from_shape({b, pixels, count_near(o)});
    Real* to = near_by.data();
    for (Dim i = 0; i < b; ++i) {
        const Real* picture = pictures.data() + i * pixels;
        for (Dim pixel = 0; pixel < pixels; ++pixel) {
            const Dim row = pixel / width, column = pixel % width;
            for (Dim y = row - reach; y <= row; ++y)
                for (Dim x = column - reach; x < (y < row ? column + reach + 1 : column); ++x)
                    *to++ = y >= 0 && x >= 0 && x < width ? picture[y * width + x] : Real{-1};
        }
    }
    return near_by;
}

}  // namespace

void DensityModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("strip", strip, "pixels that are one token; a divisor of the width").within(1, most_rows);
    s.add("reach", reach, "how far around a pixel its own network looks").within(1, 64);
    s.add("inner", inner, "width of that network").within(1, most_width);
    s.add("parts", parts, "logistic distributions in a pixel's").within(1, 256);
    SizeOptions::declare(s);
}

DensityModel::DensityModel(const nn::Params& p, const DensityModelOptions& o)
    : options(checked(o)), strip(p / "strip", o.strip, o.dim), known(p / "known", o.dim, o.strip * o.inner),
      near(p / "near", count_near(o), o.inner), mix(p / "mix", o.inner, o.inner), out(p / "out", o.inner, 3 * o.parts),
      start(p.make("start", {1, 1, o.dim}, nn::init::normal(0.02))), positions(p / "positions", strips(), o.dim),
      encoder(p / "encoder", o.layers, o.dim, o.heads, {.hidden = o.hidden}) {}

Var DensityModel::operator()(const Array& pictures) const {
    const Dim b = pictures.shape()[0], n = strips();
    const Var tokens = strip(slice(reshape(Var(pictures), {b, n, options.strip}), 1, 0, n - 1));
    const Var read = encoder(positions(concat({expand(start, {b, 1, options.dim}), tokens}, 1)), causal());
    const Var state = reshape(known(read), {b, n * options.strip, options.inner});
    const Var first = gelu(state + near(pixels_around(pictures, options)));
    return out(first + gelu(mix(first)));
}

Var DensityModel::loss(const Batch& batch) const {
    Array values = reshaped(batch.images, {count(batch.labels), options.height * options.width});
    for (Real& value : values) value = std::round((value + 1) * Real{127.5});
    return -mean(nn::logistic_mixture_log_p((*this)(batch.images), values)) / std::numbers::ln2;
}

}  // namespace heed::paint
