// The vision transformer and its flags.
#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <heed/examples/patches/model.hpp>

namespace heed::patches {
namespace {

const ModelOptions& checked(const ModelOptions& o) {
    const auto require_option = [](bool ok, const std::string& text) {
        if (!ok) throw RangeError("patches: " + text);
    };
    require_option(o.patch >= 1 && o.height % o.patch == 0 && o.width % o.patch == 0,
                   fmt::format("images of {} x {} are no whole number of patches of {}", o.width, o.height, o.patch));
    require_option(!o.convolutions || (o.patch > 1 && std::has_single_bit(static_cast<std::uint64_t>(o.patch))),
                   fmt::format("convolutions need patches of 2, 4, 8, ... pixels, not {}", o.patch));
    require_option(o.class_count() >= 2, fmt::format("{} classes; expected at least 2", o.class_count()));
    return o;
}

std::vector<nn::Conv2d> stem_of(const nn::Params& p, const ModelOptions& o) {
    if (!o.convolutions) return {nn::Conv2d(p / 0, o.channels, o.dim, o.patch, {.stride = o.patch})};
    std::vector<nn::Conv2d> stem;
    Dim in = o.channels;
    for (Dim size = o.patch; size > 1; size /= 2) {
        const Dim out = std::max<Dim>(1, o.dim * 2 / size);
        stem.emplace_back(p / static_cast<Dim>(stem.size()), in, out, 3, Conv2dOptions{.stride = 2, .padding = 1});
        in = out;
    }
    return stem;
}

}  // namespace

void ModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("patch", patch, "pixels to each side of a patch").within(1, most_rows);
    s.add("convolutions", convolutions, "patches by convolutions, or by one linear layer").negated("linear");
    s.add("offsets", offsets, "a learned bias for each offset between two patches");
    declare_stack(s, "dim", dim, "width of the tokens", layers, "of the encoder", heads);
    s.add("hidden", hidden, "width inside a layer").within(1, most_width);
    declare_dropout(s, dropout);
    ImageOptions::declare(s, "of PNG files: 1 grey, 3 colour");
}

Model::Model(nn::Params p, const ModelOptions& o)
    : options(checked(o)), stem(stem_of(p / "stem", o)), positions(p / "positions", rows() * columns(), o.dim),
      encoder(p / "encoder", o.layers, o.dim, o.heads, {.hidden = o.hidden, .dropout = o.dropout}),
      head(p / "head", o.dim, o.class_count()) {
    if (o.offsets)
        offsets = p.make("offsets", {o.heads, (2 * rows() - 1) * (2 * columns() - 1)}, nn::init::constant(0));
}

Var Model::operator()(In images) const { return head(features(images)); }

Var Model::features(In images) const {
    Var x = stem.front()(images);
    for (std::size_t i = 1; i < stem.size(); ++i) x = stem[i](gelu(x));
    x = positions(reshape(x, {x.dim(0), rows() * columns(), options.dim}));
    const Mask mask = offsets.defined() ? Mask{} + patch_offsets(offsets, rows(), columns()) : Mask{};
    return mean(encoder(x, mask), {1});
}

}  // namespace heed::patches
