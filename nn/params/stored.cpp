// A parameter out of a file's tensors, and with their axes.
#include <algorithm>
#include <heed/nn/params/stored.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {
namespace {

Array permuted(const Array& value, const Shape& axes) {
    if (axes.empty()) return value;
    Axes order;
    order.list = axes;
    return permute(value, order).value();
}

Array read_whole(const io::SafetensorsFiles::Tensor& tensor, std::size_t ones) {
    const Shape& shape = tensor.info->shape;
    Array whole = Array::from_shape(Shape(shape.begin() + ones, shape.end()));
    tensor.file->read_as<Real>(*tensor.info, {whole.data(), static_cast<std::size_t>(count(whole))});
    return whole;
}

}  // namespace

Shape shape_there(const Shape& mine, const Stored& stored) {
    Shape there = mine;
    for (std::size_t i = 0; i < stored.axes.size(); ++i) there[static_cast<std::size_t>(stored.axes[i])] = mine[i];
    if (!there.empty()) {
        Dim& size = there[static_cast<std::size_t>(stored.axis)];
        size = stored.whole > 0 ? stored.whole : size / stored.tensors;
    }
    Shape with_ones(static_cast<std::size_t>(stored.ones), 1);
    for (const Dim size : there) with_ones.push_back(size);
    return with_ones;
}

Array read_stored(const std::vector<const io::SafetensorsFiles::Tensor*>& tensors, const Shape& mine,
                  const Stored& stored) {
    std::vector<Var> parts;
    for (const io::SafetensorsFiles::Tensor* tensor : tensors)
        parts.emplace_back(read_whole(*tensor, static_cast<std::size_t>(stored.ones)));
    Array all = parts.size() == 1 ? parts[0].value() : concat(parts, stored.axis).value();
    if (stored.whole > 0) {
        const auto axis = std::find(stored.axes.begin(), stored.axes.end(), stored.axis) - stored.axes.begin();
        const Dim size = mine[static_cast<std::size_t>(stored.axes.empty() ? stored.axis : axis)];
        all = slice(all, stored.axis, stored.begin, stored.begin + size).value();
    }
    return permuted(all, stored.axes);
}

Array turned_there(const Array& value, const Shape& axes) {
    Shape inverse = axes;
    for (std::size_t i = 0; i < axes.size(); ++i) inverse[static_cast<std::size_t>(axes[i])] = static_cast<Dim>(i);
    return permuted(value, inverse);
}

}  // namespace heed::nn
