// Saving parameters by name to a safetensors file.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/params/name_map.hpp>
#include <heed/nn/params/save.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {
namespace {

constexpr io::Dtype real_dtype = sizeof(Real) == 4 ? io::Dtype::F32 : io::Dtype::F64;

// A tensor of the file, put together from parts.
struct Joined {
    std::vector<Var> parts;  // empty Vars at first
    Dim axis = 0, ones = 0;
};

class Saving {
public:
    Saving(const Params& params, const SaveOptions& options)
        : rules_(options.rules), layout_(options.layout), parameters_(params, options.layout) {
        check_rules(rules_);
        for (const auto& [p, origin] : parameters_.list)
            for (const PyTorchName& name : origin.names)
                if (name.parts > 1) joined_names_[name.pattern].push_back(p);
    }

    void put_all() {
        for (const auto& [p, origin] : parameters_.list) put(p, origin);
    }

    std::vector<std::pair<std::string, Array>> tensors() const {
        std::vector<std::pair<std::string, Array>> made;
        for (const auto& [name, tensor] : tensors_) {
            for (const Var& part : tensor.parts)
                if (!part.defined())
                    throw RangeError(fmt::format("save: '{}' is joined of {} parts, of which the model has not all",
                                                 name, tensor.parts.size()));
            const Array whole =
                (tensor.parts.size() == 1 ? tensor.parts[0] : concat(tensor.parts, tensor.axis)).value();
            Shape shape(static_cast<std::size_t>(tensor.ones), 1);
            for (const Dim size : whole.shape()) shape.push_back(size);
            made.emplace_back(name, reshaped(whole, shape));
        }
        return made;
    }

private:
    // PyTorch's first name of a parameter that is a tensor of its own, or whose other parts are there, as large.
    const PyTorchName& name_there(const Params::Origin& origin) const {
        return *std::find_if(origin.names.begin(), origin.names.end(), [&](const PyTorchName& name) {
            if (name.parts == 1) return true;
            const std::vector<Var>& all = joined_names_.at(name.pattern);
            return static_cast<Dim>(all.size()) == name.parts &&
                   std::all_of(all.begin(), all.end(), [&](const Var& q) { return q.shape() == all[0].shape(); });
        });
    }

    void put(const Var& p, const Params::Origin& origin) {
        const PyTorchName& theirs = name_there(origin);
        RuleMatch found;
        const PyTorchName own{p.name()};
        const PyTorchName* name = &theirs;
        for (const Rule& rule : rules_)
            for (const PyTorchName* n : {&theirs, &own})
                if (!found.rule && (found = match_rule(rule, RuleSide::ours, n->pattern)).rule) name = n;
        const Stored stored =
            stored_as(p, found.rule, found.index, found.texts, *name, layout_, origin.axes, parameters_.by_name);
        const Var turned = turned_there(p.value(), stored.axes);
        if (!found.rule) {
            add(name->pattern, name->part, name->parts, turned, stored);
        } else if (found.rule->theirs.size() == 1) {
            const auto parts = static_cast<Dim>(found.rule->ours.size());
            add(fill_in(found.rule->theirs[0], found.texts), parts > 1 ? static_cast<Dim>(found.index) : name->part,
                parts > 1 ? parts : name->parts, turned, stored);
        } else {
            const Dim size = turned.dim(stored.axis) / stored.tensors;
            for (Dim i = 0; i < stored.tensors; ++i)
                add(fill_in(found.rule->theirs[static_cast<std::size_t>(i)], found.texts), 0, 1,
                    slice(turned, stored.axis, i * size, (i + 1) * size), stored);
        }
    }

    void add(const std::string& name, Dim part, Dim parts, const Var& value, const Stored& stored) {
        Joined& tensor = tensors_[name];
        tensor.axis = stored.axis;
        tensor.ones = stored.ones;
        tensor.parts.resize(static_cast<std::size_t>(parts));
        Var& place = tensor.parts[static_cast<std::size_t>(part)];
        if (place.defined()) throw RangeError(fmt::format("save: two parameters are '{}' in the file", name));
        place = value;
    }

    const Rules& rules_;
    Layout layout_;
    NamedParameters parameters_;
    std::map<std::string, std::vector<Var>> joined_names_;
    std::map<std::string, Joined> tensors_;
};

}  // namespace

void save(const Params& params, const std::filesystem::path& path, const SaveOptions& options) {
    const Pause nothing_is_recorded;
    Saving saving(params, options);
    saving.put_all();
    const std::vector<std::pair<std::string, Array>> tensors = saving.tensors();
    std::vector<io::TensorSource> sources;
    for (const auto& [name, value] : tensors)
        sources.push_back({name, real_dtype, value.shape(), value.storage().data()});
    io::Metadata metadata;
    const bool theirs = options.layout == Layout::pytorch ||
                        std::any_of(options.rules.begin(), options.rules.end(),
                                    [](const Rule& rule) { return rule.layout == Layout::pytorch; });
    if (theirs) metadata["format"] = "pt";  // `transformers` asks for it
    io::write_safetensors(path.string(), std::move(sources), std::move(metadata));
}

}  // namespace heed::nn
