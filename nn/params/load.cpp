// Loading parameters by name from a safetensors file.
#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/params/load.hpp>
#include <heed/nn/params/load_tensor.hpp>

namespace heed::nn {
namespace {

using io::in_quotes;
using Tensors = std::map<std::string, const io::TensorInfo*>;  // by name after the name map

bool is_floating(io::Dtype dtype) {
    return dtype == io::Dtype::F16 || dtype == io::Dtype::BF16 || dtype == io::Dtype::F32 || dtype == io::Dtype::F64;
}

// The name after the map; notes in `used` which entry made it.
std::string renamed(const std::string& name, const std::map<std::string, std::string>& map,
                    std::set<std::string>& used) {
    const std::pair<const std::string, std::string>* longest = nullptr;
    for (const auto& entry : map)
        if (lies_below(name, entry.first) && (!longest || entry.first.size() > longest->first.size())) longest = &entry;
    if (!longest) return name;
    used.insert(longest->first);
    const std::string& from = longest->first;
    const std::string rest = name.substr(from.empty() || name == from ? from.size() : from.size() + 1);
    return rest.empty() || longest->second.empty() ? longest->second + rest : longest->second + '.' + rest;
}

// PyTorch's file holds tied weights under each of their names.
bool are_equal(const io::SafetensorsReader& file, const io::TensorInfo& a, const io::TensorInfo& b) {
    if (a.dtype != b.dtype || !(a.shape == b.shape) || !is_floating(a.dtype)) return false;
    const auto values = [&](const io::TensorInfo& tensor) {
        std::vector<double> all(static_cast<std::size_t>(tensor.shape.count()));
        file.read_as<double>(tensor, all);
        return all;
    };
    return values(a) == values(b);
}

Tensors tensors_of(const io::SafetensorsReader& file, const std::string& path,
                   const std::map<std::string, std::string>& map) {
    Tensors tensors;
    std::set<std::string> used;
    for (const io::TensorInfo& tensor : file.tensors()) {
        const std::string name = renamed(tensor.name, map, used);
        const auto [known, fresh] = tensors.emplace(name, &tensor);
        if (!fresh && !are_equal(file, tensor, *known->second))
            throw RangeError(fmt::format("load: {}: the name map makes {} of both {} and {}", path, in_quotes(name),
                                         in_quotes(known->second->name), in_quotes(tensor.name)));
    }
    for (const auto& [from, to] : map)
        if (!used.contains(from))
            throw RangeError(fmt::format("load: {}: no tensor is named {} or lies below it, as the name map requires",
                                         path, in_quotes(from)));
    return tensors;
}

// PyTorch's BatchNorm counts its batches, which heed's has no use for.
bool is_count(std::string_view name) { return name == "num_batches_tracked" || name.ends_with(".num_batches_tracked"); }

std::string layer_of(const std::string& name) { return name.substr(0, name.rfind('.') + 1); }

}  // namespace

std::string LoadReport::text() const {
    std::string text = fmt::format("{} loaded", loaded.size());
    const auto line = [&](const char* what, const std::vector<std::string>& names) {
        if (!names.empty()) text += fmt::format("\n  {}: {}", what, fmt::join(names, "; "));
    };
    line("missing in the file", missing);
    line("in the file, but no parameter", unexpected);
    line("another shape or type", mismatched);
    return text;
}

LoadReport load(const Params& params, const std::filesystem::path& path, const LoadOptions& options) {
    const std::string file_name = path.string();
    const io::SafetensorsReader file(file_name);
    Tensors tensors = tensors_of(file, file_name, options.rename);
    const bool theirs = options.layout == Layout::pytorch;
    LoadReport report;
    std::vector<std::pair<Var, Array>> found;
    std::set<std::string> taken, layers;  // names of tensors, and the layers that they belong to
    for (const Var& p : params.list()) {
        const Params::Origin origin = theirs ? params.in_pytorch(p) : Params::Origin{{{p.name()}}, {}};
        const auto name = std::find_if(origin.names.begin(), origin.names.end(),
                                       [&](const PyTorchName& n) { return tensors.contains(n.pattern); });
        if (name == origin.names.end()) {
            report.missing.push_back(p.name() + ' ' + to_string(p.shape()));
            continue;
        }
        taken.insert(name->pattern);
        const io::TensorInfo& tensor = *tensors.at(name->pattern);
        const Shape there = shape_there(p.shape(), *name, origin.axes);
        if (!is_floating(tensor.dtype)) {
            report.mismatched.push_back(
                fmt::format("{}, in the file of dtype {}", p.name(), io::name_of(tensor.dtype)));
        } else if (!(tensor.shape == there)) {
            const std::string kept =
                there == p.shape() ? "" : fmt::format(", which PyTorch stores as {}", to_string(there));
            report.mismatched.push_back(
                fmt::format("{} {}{}, in the file {}", p.name(), to_string(p.shape()), kept, to_string(tensor.shape)));
        } else {
            found.emplace_back(p, read_tensor(file, tensor, p.shape(), *name, origin.axes));
            report.loaded.push_back(p.name());
            layers.insert(layer_of(name->pattern));
        }
    }
    // A layer that lacks a part in heed would give other results: it is refused, strict or not.
    bool halved = false;
    for (const auto& [name, tensor] : tensors) {
        if (taken.contains(name) || (theirs && is_count(name) && taken.contains(layer_of(name) + "running_mean")))
            continue;
        const std::string why = theirs ? lacking(name) : "";
        report.unexpected.push_back(in_quotes(tensor->name) + (why.empty() ? "" : ", " + why));
        halved = halved || (!why.empty() && layers.contains(layer_of(name)));
    }
    if (halved || (options.strict && !report.complete()))
        throw FileError(
            fmt::format("{}: does not fit the model, and nothing was changed: {}", file_name, report.text()));
    if (found.empty()) throw FileError(fmt::format("{}: holds nothing of the model: {}", file_name, report.text()));
    for (auto& [p, value] : found) p.mutable_value("load") = std::move(value);
    return report;
}

}  // namespace heed::nn
