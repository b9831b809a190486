// Which tensors of a file are which parameters.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/params/name_map.hpp>

namespace heed::nn {
namespace {

using io::in_quotes;
using Tensor = io::SafetensorsFiles::Tensor;

bool are_equal(const Tensor& a, const Tensor& b) {
    if (a.info->dtype != b.info->dtype || !(a.info->shape == b.info->shape)) return false;
    const auto bytes = [](const Tensor& tensor) {
        std::vector<std::byte> all(static_cast<std::size_t>(tensor.info->end - tensor.info->begin));
        tensor.file->read(*tensor.info, all.data(), all.size());
        return all;
    };
    return bytes(a) == bytes(b);
}

// Of a file of tied weights the first tensor counts, and the others must be equal.
void add(NameMap& map, const std::string& name, Source&& made, std::size_t at, const io::SafetensorsFiles& files) {
    const auto [found, fresh] = map.sources.try_emplace(name, std::move(made));
    if (fresh) return;
    const Tensor*& place = found->second.tensors[found->second.rule == made.rule ? at : 0];
    const Tensor* tensor = made.tensors[at];
    if (!place && found->second.rule == made.rule) place = tensor;
    else if (!place || !are_equal(*place, *tensor))
        throw RangeError(fmt::format("load: {}: the rules make {} of both {} and {}", files.path(), in_quotes(name),
                                     in_quotes(place ? place->info->name : ""), in_quotes(tensor->info->name)));
}

}  // namespace

NameMap map_names(const io::SafetensorsFiles& files, const Rules& rules) {
    check_rules(rules);
    NameMap map;
    for (const Tensor& tensor : files.tensors()) {
        const RuleMatch found = find_rule(rules, RuleSide::theirs, tensor.info->name);
        if (!found.rule) {
            add(map, tensor.info->name, {{&tensor}}, 0, files);
            continue;
        }
        if (found.rule->ours.empty()) map.ignored.push_back(tensor.info->name);
        for (std::size_t i = 0; i < found.rule->ours.size(); ++i) {
            std::vector<const Tensor*> tensors(found.rule->theirs.size(), nullptr);
            tensors[found.index] = &tensor;
            add(map, fill_in(found.rule->ours[i], found.texts), {std::move(tensors), found.rule, i, found.texts},
                found.index, files);
        }
    }
    return map;
}

NamedParameters::NamedParameters(const Params& params, Layout layout) {
    for (const Var& p : params.list()) {
        const Params::Origin& there = params.in_pytorch(p);
        list.emplace_back(p, layout == Layout::pytorch ? there : Params::Origin{{{p.name()}}, there.axes});
        for (const PyTorchName& name : list.back().second.names)
            if (name.parts == 1) by_name.emplace(name.pattern, p);
    }
}

Stored stored_as(const Var& p, const Rule* rule, std::size_t part, const Texts& texts, const PyTorchName& name,
                 Layout layout, const Shape& axes_there, const std::map<std::string, Var>& by_name) {
    if (rule && rule->layout) layout = *rule->layout;
    Stored stored{.axes = layout == Layout::pytorch ? axes_there : Shape()};
    const Shape& mine = p.shape();
    if (rule) stored.ones = rule->ones;
    if (!rule || (rule->ours.size() == 1 && rule->theirs.size() == 1)) {
        if (name.parts == 1) return stored;  // else of equal parts of the tensor's first axis
        const Dim size = mine[static_cast<std::size_t>(
            stored.axes.empty() ? 0 : std::find(stored.axes.begin(), stored.axes.end(), 0) - stored.axes.begin())];
        stored.begin = name.part * size;
        stored.whole = name.parts * size;
        return stored;
    }
    const Dim axis = rule->axis < 0 ? rule->axis + mine.rank() : rule->axis;
    if (axis < 0 || axis >= mine.rank() || name.parts > 1)
        throw RangeError(fmt::format("Rule: '{}' is joined along axis {} of '{}', which has shape {}{}",
                                     rule->theirs[0], rule->axis, p.name(), to_string(mine),
                                     name.parts > 1 ? ", and is a part of a tensor itself" : ""));
    const auto own = static_cast<std::size_t>(axis);
    stored.axis = stored.axes.empty() ? axis : stored.axes[own];
    if (rule->theirs.size() > 1) {
        stored.tensors = static_cast<Dim>(rule->theirs.size());
        if (mine[own] % stored.tensors != 0)
            throw RangeError(fmt::format("Rule: '{}' {} is no {} equal parts along axis {}", p.name(), to_string(mine),
                                         stored.tensors, rule->axis));
        return stored;
    }
    for (std::size_t i = 0; i < rule->ours.size(); ++i) {
        const std::string other = fill_in(rule->ours[i], texts);
        const auto found = by_name.find(other);
        if (found == by_name.end())
            throw RangeError(fmt::format("Rule: '{}' holds '{}' and '{}', and the model has no '{}'", rule->theirs[0],
                                         p.name(), other, other));
        const Var& q = found->second;
        if (q.rank() != mine.rank())
            throw RangeError(fmt::format("Rule: '{}' holds '{}' {} and '{}' {}, which cannot be joined",
                                         rule->theirs[0], p.name(), to_string(mine), other, to_string(q.shape())));
        if (i < part) stored.begin += q.shape()[own];
        stored.whole += q.shape()[own];
    }
    return stored;
}

}  // namespace heed::nn
