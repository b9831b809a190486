#include <set>
#include <fmt/format.h>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/load.hpp>

namespace heed::nn {
namespace {

using io::in_quotes;

bool is_below(std::string_view name, std::string_view path) {
    return path.empty() || name == path || (name.starts_with(path) && name[path.size()] == '.');
}

// The name in the store; notes in `used` which entry of the map made it.
std::string renamed(const std::string& name, const std::map<std::string, std::string>& map, std::set<std::string>& used) {
    const std::pair<const std::string, std::string>* longest = nullptr;
    for (const auto& entry : map)
        if (is_below(name, entry.first) && (!longest || entry.first.size() > longest->first.size())) longest = &entry;
    if (!longest) return name;
    used.insert(longest->first);
    const std::string& from = longest->first;
    const std::string rest = name.substr(from.empty() || name == from ? from.size() : from.size() + 1);
    return rest.empty() || longest->second.empty() ? longest->second + rest : longest->second + '.' + rest;
}

// The tensors of the file by their names in the store.
std::map<std::string, const io::TensorInfo*> named(const io::SafetensorsReader& file, const std::string& path, const LoadOptions& options) {
    std::map<std::string, const io::TensorInfo*> tensors;
    std::set<std::string> used;
    for (const io::TensorInfo& tensor : file.tensors()) {
        const std::string name = renamed(tensor.name, options.rename, used);
        const auto [place, fresh] = tensors.emplace(name, &tensor);
        if (!fresh)
            throw RangeError(fmt::format("load: {}: the name map makes {} of both {} and {}", path, in_quotes(name), in_quotes(place->second->name),
                                         in_quotes(tensor.name)));
    }
    for (const auto& [from, to] : options.rename)
        if (!used.contains(from))
            throw RangeError(fmt::format("load: {}: no tensor is named {} or lies below it, as the name map says", path, in_quotes(from)));
    return tensors;
}

bool is_floating(io::Dtype dtype) {
    return dtype == io::Dtype::F16 || dtype == io::Dtype::BF16 || dtype == io::Dtype::F32 || dtype == io::Dtype::F64;
}

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
    std::map<std::string, const io::TensorInfo*> tensors = named(file, file_name, options);
    LoadReport report;
    std::vector<std::pair<Var, Array>> found;
    for (const Var& p : params.list()) {
        const auto at = tensors.find(p.name());
        if (at == tensors.end()) {
            report.missing.push_back(p.name() + ' ' + to_string(p.shape()));
            continue;
        }
        const io::TensorInfo& tensor = *at->second;
        if (!is_floating(tensor.dtype)) {
            report.mismatched.push_back(fmt::format("{}, in the file of dtype {}", p.name(), io::name_of(tensor.dtype)));
        } else if (!(tensor.shape == p.shape())) {
            report.mismatched.push_back(fmt::format("{} {}, in the file {}", p.name(), to_string(p.shape()), to_string(tensor.shape)));
        } else {
            Array value = Array::from_shape(p.shape());
            file.read_as<Real>(tensor, {value.data(), static_cast<std::size_t>(count(value))});
            found.emplace_back(p, std::move(value));
            report.loaded.push_back(p.name());
        }
        tensors.erase(at);
    }
    for (const auto& [name, tensor] : tensors) report.unexpected.push_back(in_quotes(tensor->name));
    if (options.strict && !report.complete())
        throw FileError(fmt::format("{}: does not fit the model, and nothing was changed: {}", file_name, report.text()));
    if (found.empty()) throw FileError(fmt::format("{}: holds nothing of the model: {}", file_name, report.text()));
    for (auto& [p, value] : found) p.mutable_value("load") = std::move(value);
    return report;
}

}  // namespace heed::nn
