// A parameter out of a file's tensor, and what heed's layers lack of PyTorch's.
#include <algorithm>
#include <heed/nn/params/load_tensor.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {

Shape shape_there(const Shape& mine, const PyTorchName& name, const Shape& axes) {
    Shape there = mine;
    for (std::size_t i = 0; i < axes.size(); ++i) there[static_cast<std::size_t>(axes[i])] = mine[i];
    if (name.parts > 1) there[0] *= name.parts;
    return there;
}

Array read_tensor(const io::SafetensorsReader& file, const io::TensorInfo& tensor, const Shape& mine,
                  const PyTorchName& name, const Shape& axes) {
    Array whole = Array::from_shape(tensor.shape);
    file.read_as<Real>(tensor, {whole.data(), static_cast<std::size_t>(count(whole))});
    const Array part = part_of(whole, name.part * mine.count(), shape_there(mine, {name.pattern}, axes));
    if (axes.empty()) return part;
    Axes order;
    order.list = axes;
    return permute(part, order).value();
}

std::string lacking(std::string_view name) {
    const std::string_view last = name.substr(name.rfind('.') + 1);
    const auto begins = [last](const char* with) { return last.starts_with(with); };
    if (begins("running_") || last == "num_batches_tracked")
        return "of a BatchNorm, which the model has not: make it with nn::BatchNorm, or fuse it in PyTorch with the "
               "layer before it (torch.nn.utils.fusion) and save that";
    if (begins("weight_hr_l")) return "of an LSTM with proj_size, which heed lacks: train without it";
    if (last == "bias_k" || last == "bias_v")
        return "of a MultiheadAttention with add_bias_kv, which heed lacks: train without it";
    if (begins("original") || last == "weight_g" || last == "weight_v" || last == "weight_orig")
        return "of a weight that PyTorch makes anew in each step: take that off before saving "
               "(torch.nn.utils.parametrize.remove_parametrizations)";
    if (!begins("weight_ih_l") && !begins("weight_hh_l") && !begins("bias_ih_l") && !begins("bias_hh_l")) return {};
    if (last.find("_l0") != last.npos) return {};
    return "of a further layer than the model has: make it with as many .layers";
}

}  // namespace heed::nn
