#include <algorithm>
#include <array>
#include <heed/nn/load_parts.hpp>

namespace heed::nn {

Shape TensorPart::shape() const {
    const Shape& whole = tensor->shape;
    if (matrix_of_linear) return {whole[1], whole[0] / parts};
    if (parts == 1) return whole;
    return {whole[0] / parts};  // of a packed bias
}

Array TensorPart::read(const io::SafetensorsReader& file) const {
    Array whole = Array::from_shape(tensor->shape);
    file.read_as<Real>(*tensor, {whole.data(), static_cast<std::size_t>(count(whole))});
    const Shape mine = shape();
    if (!matrix_of_linear) return part_of(whole, part * mine.count(), mine);
    Array turned = Array::from_shape(mine);
    const Real* from = whole.storage().data() + part * mine.count();
    for (Dim out = 0; out < mine[1]; ++out)
        for (Dim in = 0; in < mine[0]; ++in) turned(in, out) = *from++;
    return turned;
}

std::vector<TensorPart> parts_of_heed(const io::TensorInfo& tensor) { return {{.name = tensor.name, .tensor = &tensor}}; }

std::vector<TensorPart> parts_of_pytorch(const io::TensorInfo& tensor) {
    const std::string& name = tensor.name;
    const std::size_t dot = name.rfind('.');
    const std::string layer = dot == std::string::npos ? "" : name.substr(0, dot + 1), last = name.substr(layer.size());
    const bool matrix = tensor.shape.size() == 2 && (last.starts_with("weight") || last == "in_proj_weight");
    const auto part = [&](const std::string& own, Dim i = 0, Dim n = 1) {
        return TensorPart{.name = layer + own, .tensor = &tensor, .part = i, .parts = n, .matrix_of_linear = matrix};
    };
    const std::string kind = matrix ? "weight" : "bias";
    if ((last == "in_proj_weight" || last == "in_proj_bias") && !tensor.shape.empty() && tensor.shape[0] % 3 == 0)
        return {part("query." + kind, 0, 3), part("key." + kind, 1, 3), part("value." + kind, 2, 3)};
    if (layer.ends_with("out_proj."))
        return {{.name = layer.substr(0, layer.size() - std::string_view("out_proj.").size()) + "out." + last,
                 .tensor = &tensor,
                 .matrix_of_linear = matrix}};
    // GRU, LSTM: weight_ih_l0, bias_hh_l0_reverse
    constexpr std::array names{std::pair("_ih_l0_reverse", "backward.input."), std::pair("_hh_l0_reverse", "backward.hidden."),
                               std::pair("_ih_l0", "forward.input."), std::pair("_hh_l0", "forward.hidden.")};
    for (const auto& [theirs, ours] : names)
        if (last.ends_with(theirs)) return {part(ours + kind)};
    if (last == "weight_ih" || last == "bias_ih") return {part("input." + kind)};  // GRUCell
    if (last == "weight_hh" || last == "bias_hh") return {part("hidden." + kind)};
    return {part(last)};
}

std::string resolved(const std::string& name, TensorPart& part, const Params& params) {
    if (!name.ends_with("weight")) return name;
    const std::string layer = name.substr(0, name.size() - std::string("weight").size());
    const std::vector<Var> list = params.list();
    for (const char* own : {"table", "gain"})
        if (std::any_of(list.begin(), list.end(), [&](const Var& p) { return p.name() == layer + own; })) {
            part.matrix_of_linear = false;
            return layer + own;
        }
    return name;
}

}  // namespace heed::nn
