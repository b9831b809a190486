#pragma once
// Which tensors of a file are which parameters, by their names and by rules.
// Private to heed; not installed.
#include <map>
#include <heed/nn/params/rules/match.hpp>
#include <heed/nn/params/stored.hpp>

namespace heed::nn {

// What a file holds under one name of the store.
struct Source {
    std::vector<const io::SafetensorsFiles::Tensor*>
        tensors;                 // one, or one for each of a rule's `theirs`; null: absent
    const Rule* rule = nullptr;  // null: by the tensor's own name
    std::size_t part = 0;        // which of the rule's `ours` it is
    Texts texts = {};
};

struct NameMap {
    std::map<std::string, Source> sources;  // by names of the store, or PyTorch's of its layers
    std::vector<std::string> ignored;       // names in the file that rules leave out
};

// Throws RangeError where rules make one name of two tensors whose values differ: those of tied weights are equal.
HEED_ABI NameMap map_names(const io::SafetensorsFiles& files, const Rules& rules);

// The parameters of a store, with the names under which a file of a layout may hold each, and its axes in PyTorch.
struct HEED_ABI NamedParameters {
    std::vector<std::pair<Var, Params::Origin>> list;
    std::map<std::string, Var> by_name;  // by each name that is of one parameter alone
    NamedParameters(const Params& params, Layout layout);
};

// How a file of this layout holds parameter `p`, which is part `part` of the rule's `ours`, or (rule null) what the
// layer declares as `name`, in PyTorch with those axes. Throws RangeError if the rule needs what the model has not.
HEED_ABI Stored stored_as(const Var& p, const Rule* rule, std::size_t part, const Texts& texts, const PyTorchName& name,
                          Layout layout, const Shape& axes_there, const std::map<std::string, Var>& by_name);

}  // namespace heed::nn
