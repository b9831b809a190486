// What the names in a file of PyTorch show that heed's layers lack.
#include <heed/nn/params/lacking.hpp>

namespace heed::nn {

bool is_batch_count(std::string_view name) {
    return name == "num_batches_tracked" || name.ends_with(".num_batches_tracked");
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
