// The transformer of the flow, its loss, and how it draws.
#include <heed/examples/paint/flow/model.hpp>
#include <heed/nn/generate/ode.hpp>

namespace heed::paint {
namespace {

const FlowModelOptions& checked(const FlowModelOptions& o) {
    if (o.height % o.patch != 0 || o.width % o.patch != 0)
        throw RangeError(
            fmt::format("paint: pictures of {} x {} are no whole number of patches of {}", o.width, o.height, o.patch));
    if (o.class_count() == 0) throw RangeError("paint: no classes");
    return o;
}

// (b, height, width, 1) -> (b, patches, pixels of one)
Var patches_of(In x, Dim side) {
    const Dim b = x.dim(0), rows = x.dim(1) / side, columns = x.dim(2) / side;
    return reshape(permute(reshape(x, {b, rows, side, columns, side}), {0, 1, 3, 2, 4}),
                   {b, rows * columns, side * side});
}

Var picture_of(In patches, Dim rows, Dim columns, Dim side) {
    const Dim b = patches.dim(0);
    return reshape(permute(reshape(patches, {b, rows, columns, side, side}), {0, 1, 3, 2, 4}),
                   {b, rows * side, columns * side, 1});
}

constexpr double least_noise = 0.05;  // where less is left, the velocity is that of so much

}  // namespace

void FlowModelOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("patch", patch, "pixels to each side of a patch").within(1, most_rows);
    s.add("unclassed", unclassed, "share of the pictures that train without their class").within(0, 1);
    SizeOptions::declare(s);
}

FlowModel::FlowModel(const nn::Params& p, const FlowModelOptions& o)
    : options(checked(o)), patch(p / "patch", o.patch * o.patch, o.dim), time(p / "time", o.dim, o.dim),
      out(p / "out", o.dim, o.patch * o.patch, nn::init::constant(0)),
      classes(p / "classes", o.class_count() + 1, o.dim), positions(p / "positions", rows() * columns() + 1, o.dim),
      encoder(p / "encoder", o.layers, o.dim, o.heads, o.dim, {.hidden = o.hidden, .attend = {.qk_norm = true}}) {}

Var FlowModel::operator()(In z, In t, const Ints& labels) const {
    const Dim n = rows() * columns();
    const Var label = classes(labels);
    const Var condition = silu(time(nn::timestep_embedding(1000 * t, options.dim)) + label);
    const Var tokens = concat({unsqueeze(label, 1), patch(patches_of(z, options.patch))}, 1);
    const Var seen = slice(encoder(positions(tokens), condition), 1, 1, n + 1);
    return picture_of(out(seen), rows(), columns(), options.patch);
}

Var FlowModel::loss(const Batch& batch) const {
    const Dim b = count(batch.labels);
    // Most shares are small, where what the picture becomes is decided; the paper's distribution.
    const Var t = sigmoid(0.8 * randn({b, 1, 1, 1}, batch.key) - 0.8);
    const RandomStream random(batch.key, hash_text("paint/loss"));
    Ints labels = batch.labels;
    for (Dim i = 0; i < b; ++i)
        if (random.uniform(static_cast<std::uint64_t>(i)) < options.unclassed) labels.data()[i] = any();
    const Var noise = randn(batch.images.shape(), Key{random.bits(1u << 20), batch.key.step});
    const Var picture = (*this)(t * batch.images + (1 - t) * noise, reshape(t, {b}), labels);
    return mean(square((picture - batch.images) / maximum(1 - t, least_noise)));
}

Var painted(const FlowModel& model, const Ints& labels, const Painting& how, std::uint64_t part, double until) {
    const FlowModelOptions& o = model.options;
    const Dim n = count(labels);
    const bool guided = how.guidance != 1;
    Ints asked = Ints({guided ? 2 * n : n}, model.any());
    std::copy_n(labels.data(), n, asked.data());
    const auto velocity = [&](const Var& z, double t) {
        const Var both = model(guided ? concat({z, z}, 0) : z, full({count(asked)}, t), asked);
        const Var of_class = slice(both, 0, 0, n);
        const Var any = slice(both, 0, count(asked) - n, count(asked));
        return (any + how.guidance * (of_class - any) - z) / (1 - t);
    };
    const Var noise = randn({n, o.height, o.width, 1}, Key{how.seed, part});
    if (until == 0) return noise;
    const Dim steps = std::max<Dim>(1, std::lround(until * static_cast<double>(how.steps)));
    return nn::heun(noise, velocity, {.steps = steps, .to = until, .last_by_euler = until == 1});
}

}  // namespace heed::paint
