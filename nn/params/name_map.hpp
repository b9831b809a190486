#pragma once
// Which tensors of a file are which parameters, by their names and by rules.
// Private to heed; not installed.
#include <functional>
#include <heed/nn/params/rules/rules.hpp>
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

// Under which names a file of this layout may hold a parameter, and its axes in PyTorch.
HEED_ABI Params::Origin origin_of(const Params& params, const Var& p, Layout layout);

// The parameter of that name; an empty Var if there is none.
using FindParameter = std::function<Var(const std::string& name)>;

// How a file of this layout holds parameter `p`, which is part `part` of the rule's `ours`, or (rule null) what the
// layer declares as `name`, in PyTorch with those axes. Throws RangeError if the rule needs what the model has not.
HEED_ABI Stored stored_as(const Var& p, const Rule* rule, std::size_t part, const Texts& texts, const PyTorchName& name,
                          Layout layout, const Shape& axes_there, const FindParameter& find);

}  // namespace heed::nn
