#include <set>
#include <fmt/format.h>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/load.hpp>
#include <heed/nn/load_parts.hpp>

namespace heed::nn {
namespace {

using io::in_quotes;

// The name in the store; notes in `used` which entry of the map made it.
std::string renamed(const std::string& name, const std::map<std::string, std::string>& map, std::set<std::string>& used) {
    const std::pair<const std::string, std::string>* longest = nullptr;
    for (const auto& entry : map)
        if (lies_below(name, entry.first) && (!longest || entry.first.size() > longest->first.size())) longest = &entry;
    if (!longest) return name;
    used.insert(longest->first);
    const std::string& from = longest->first;
    const std::string rest = name.substr(from.empty() || name == from ? from.size() : from.size() + 1);
    return rest.empty() || longest->second.empty() ? longest->second + rest : longest->second + '.' + rest;
}

// The parts of the file's tensors by their names in the store.
std::map<std::string, TensorPart> named(const io::SafetensorsReader& file, const std::string& path, const Params& params,
                                        const LoadOptions& options) {
    std::map<std::string, TensorPart> parts;
    std::set<std::string> used;
    for (const io::TensorInfo& tensor : file.tensors()) {
        for (TensorPart& part : options.layout == Layout::pytorch ? parts_of_pytorch(tensor) : parts_of_heed(tensor)) {
            const std::string name = resolved(renamed(part.name, options.rename, used), part, params);
            const auto [place, fresh] = parts.emplace(name, part);
            if (!fresh)
                throw RangeError(fmt::format("load: {}: the name map makes {} of both {} and {}", path, in_quotes(name),
                                             in_quotes(place->second.tensor->name), in_quotes(tensor.name)));
        }
    }
    for (const auto& [from, to] : options.rename)
        if (!used.contains(from))
            throw RangeError(fmt::format("load: {}: no tensor is named {} or lies below it, as the name map says", path, in_quotes(from)));
    return parts;
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
    std::map<std::string, TensorPart> parts = named(file, file_name, params, options);
    LoadReport report;
    std::vector<std::pair<Var, Array>> found;
    for (const Var& p : params.list()) {
        const auto at = parts.find(p.name());
        if (at == parts.end()) {
            report.missing.push_back(p.name() + ' ' + to_string(p.shape()));
            continue;
        }
        const TensorPart& part = at->second;
        if (!is_floating(part.tensor->dtype)) {
            report.mismatched.push_back(fmt::format("{}, in the file of dtype {}", p.name(), io::name_of(part.tensor->dtype)));
        } else if (!(part.shape() == p.shape())) {
            report.mismatched.push_back(fmt::format("{} {}, in the file {}", p.name(), to_string(p.shape()), to_string(part.shape())));
        } else {
            found.emplace_back(p, part.read(file));
            report.loaded.push_back(p.name());
        }
        parts.erase(at);
    }
    for (const auto& [name, part] : parts) report.unexpected.push_back(in_quotes(part.tensor->name));
    if (options.strict && !report.complete())
        throw FileError(fmt::format("{}: does not fit the model, and nothing was changed: {}", file_name, report.text()));
    if (found.empty()) throw FileError(fmt::format("{}: holds nothing of the model: {}", file_name, report.text()));
    for (auto& [p, value] : found) p.mutable_value("load") = std::move(value);
    return report;
}

}  // namespace heed::nn
