// The detection transformer, its flags, its loss, and what it finds.
#include <algorithm>
#include <bit>
#include <numeric>
#include <fmt/format.h>
#include <heed/examples/detect/model.hpp>

namespace heed::detect {
namespace {

const ModelOptions& checked(const ModelOptions& o) {
    const auto require_option = [](bool ok, const std::string& text) {
        if (!ok) throw RangeError("detect: " + text);
    };
    require_option(o.patch > 1 && std::has_single_bit(static_cast<std::uint64_t>(o.patch)),
                   fmt::format("patches of {} pixels; expected 2, 4, 8, ...", o.patch));
    require_option(o.height % o.patch == 0 && o.width % o.patch == 0,
                   fmt::format("images of {} x {} are no whole number of patches of {}", o.width, o.height, o.patch));
    require_option(o.dim % 8 == 0 && o.dim >= 16, fmt::format("states of width {}; expected 16, 24, 32, ...", o.dim));
    require_option(o.class_count() >= 1, "no classes");
    const Dim patches = o.height / o.patch * (o.width / o.patch);
    require_option(o.queries <= patches, fmt::format("{} queries, more than the {} patches", o.queries, patches));
    return o;
}

std::vector<Stage> stem_of(const nn::Params& p, const ModelOptions& o) {
    std::vector<Stage> stem;
    Dim in = o.channels;
    for (Dim size = o.patch; size > 1; size /= 2) {
        const Dim out = std::max<Dim>(1, o.dim * 2 / size);
        stem.emplace_back(p / static_cast<Dim>(stem.size()), in, out);
        in = out;
    }
    return stem;
}

// For each patch a box of an object's usual size around its centre.
Var boxes_of(const ModelOptions& o) {
    const Dim rows = o.height / o.patch, columns = o.width / o.patch;
    Array boxes = Array::from_shape({rows * columns, 4});
    Real* to = boxes.data();
    for (Dim i = 0; i < rows * columns; ++i) {
        *to++ = static_cast<Real>((static_cast<double>(i % columns) + 0.5) / static_cast<double>(columns));
        *to++ = static_cast<Real>((static_cast<double>(i / columns) + 0.5) / static_cast<double>(rows));
        *to++ = static_cast<Real>(o.object / static_cast<double>(o.width));
        *to++ = static_cast<Real>(o.object / static_cast<double>(o.height));
    }
    return Var(boxes);
}

Var constant(const Var& x) { return Var(x.value()); }

nn::Objects objects_of(const std::vector<image::LabelledBox>& boxes, const ModelOptions& o) {
    const auto m = static_cast<Dim>(boxes.size());
    nn::Objects objects{Array::from_shape({m, 4}), Ints::from_shape({m})};
    std::ranges::transform(boxes, objects.labels.data(), &image::LabelledBox::label);
    Real* to = objects.boxes.data();
    const auto w = static_cast<double>(o.width), h = static_cast<double>(o.height);
    for (const auto& [box, label, crowd] : boxes)
        for (const double x :
             {(box.left + box.right) / 2 / w, (box.top + box.bottom) / 2 / h, box.width() / w, box.height() / h})
            *to++ = static_cast<Real>(x);
    return objects;
}

}  // namespace

void ModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("patch", patch, "pixels to each side of a patch: 2, 4, 8, ...").within(1, most_rows);
    s.add("dim", dim, "width of the states").within(1, most_width);
    s.add("layers", layers, "of the encoder").within(1, most_layers);
    s.add("decoder_layers", decoder_layers, "of the decoder").within(1, most_layers);
    s.add("heads", heads, "a divisor of --dim").within(1, most_width);
    s.add("hidden", hidden, "width inside a layer").within(1, most_width);
    s.add("queries", queries, "objects that an image has at most").within(1, most_rows);
    declare_dropout(s, dropout);
    ImageOptions::declare(s);
    s.add("object", object).no_flag();
}

Stage::Stage(const nn::Params& p, Dim in, Dim out)
    : half(p / "half", in, out, 3, {.stride = 2, .padding = 1}), norm(p / "norm", std::gcd(out, Dim{4}), out),
      more(p / "more", out, out, 3, {.padding = 1}) {}

Var Stage::operator()(In x) const {
    const Var y = gelu(norm(half(x)));
    return y + gelu(more(y));
}

Head::Head(const nn::Params& p, Dim dim, Dim classes)
    : score(p / "score", dim, classes), hidden(p / "hidden", dim, dim), box(p / "box", dim, 4) {}

nn::Predictions Head::operator()(In x, In boxes) const {
    const std::vector<Var> change = split(box(gelu(hidden(x))), {2, 2}), of = split(boxes, {2, 2});
    // Scores begin low, since most patches and queries hold nothing.
    return {score(x) - 3, concat({of[0] + change[0] * of[1], of[1] * exp(clamp(change[1], -4, 4))})};
}

Model::Model(const nn::Params& p, const ModelOptions& o)
    : options(checked(o)), stem(stem_of(p / "stem", o)),
      encoder(p / "encoder", o.layers, o.dim, o.heads, {.hidden = o.hidden, .dropout = o.dropout}),
      patch_head(p / "patch_head", o.dim, o.class_count()), query(p / "query", o.dim, o.dim),
      query_box(p / "query_box", o.dim, o.dim),
      decoder(p / "decoder", o.decoder_layers, o.dim, o.heads, {.hidden = o.hidden, .dropout = o.dropout}),
      head(p / "head", o.dim, o.class_count()), boxes(boxes_of(o)),
      positions(nn::coordinate_embedding(slice(boxes, -1, 0, 2), o.dim)) {}

Outputs Model::operator()(In images) const {
    const Dim b = images.dim(0), n = rows() * columns();
    Var x = stem.front()(images);
    for (std::size_t i = 1; i < stem.size(); ++i) x = stem[i](x);
    const Var memory = encoder(reshape(x, {b, n, options.dim}) + positions);
    Outputs out{patch_head(memory, expand(boxes, {b, n, 4})), {}};

    Ints chosen = topk(max(constant(out.patches.logits), -1), options.queries).indices;
    for (Dim i = 0; i < b; ++i)
        for (Dim k = 0; k < options.queries; ++k) chosen(i, k) += i * n;
    Var of_query = take_rows(reshape(constant(out.patches.boxes), {b * n, 4}), chosen);
    x = query(take_rows(reshape(memory, {b * n, options.dim}), chosen)) +
        query_box(nn::coordinate_embedding(of_query, options.dim));
    const std::vector<nn::AttentionMemory> remembered = decoder.remember(memory);
    for (std::size_t i = 0; i < remembered.size(); ++i) {
        x = decoder.layers[i](x, remembered[i], Mask{});
        out.layers.push_back(head((*decoder.norm)(x), of_query));
        of_query = constant(out.layers.back().boxes);
    }
    return out;
}

Var loss(const Outputs& out, const std::vector<std::vector<image::LabelledBox>>& boxes, const ModelOptions& o,
         Dim times) {
    std::vector<nn::Objects> objects;
    for (const auto& of_image : boxes) objects.push_back(objects_of(of_image, o));
    Var sum = nn::detection_loss(out.patches, objects, {.times = times});
    for (const nn::Predictions& layer : out.layers) sum += nn::detection_loss(layer, objects);
    return sum;
}

std::vector<std::vector<image::Detection>> detections(const Outputs& out, const ModelOptions& o) {
    const nn::Predictions& last = out.layers.back();
    const Array scores = sigmoid(last.logits).value(), corners = box_corners(last.boxes).value();
    const auto w = static_cast<double>(o.width), h = static_cast<double>(o.height);
    std::vector<std::vector<image::Detection>> all(static_cast<std::size_t>(scores.shape()[0]));
    for (Dim i = 0; i < scores.shape()[0]; ++i) {
        std::vector<image::Detection>& found = all[static_cast<std::size_t>(i)];
        for (Dim q = 0; q < scores.shape()[1]; ++q) {
            const auto at = [&](Dim k, double size) { return std::clamp(double(corners(i, q, k)), 0.0, 1.0) * size; };
            for (Dim c = 0; c < scores.shape()[2]; ++c)
                found.push_back({{at(0, w), at(1, h), at(2, w), at(3, h)}, c, double(scores(i, q, c))});
        }
    }
    return all;
}

}  // namespace heed::detect
