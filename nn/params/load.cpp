// Loading parameters by name from safetensors files.
#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <heed/nn/params/lacking.hpp>
#include <heed/nn/params/load.hpp>
#include <heed/nn/params/name_map.hpp>

namespace heed::nn {
namespace {

using io::in_quotes;
using Tensor = io::SafetensorsFiles::Tensor;

bool is_floating(io::Dtype dtype) {
    return dtype == io::Dtype::F16 || dtype == io::Dtype::BF16 || dtype == io::Dtype::F32 || dtype == io::Dtype::F64;
}

std::string layer_of(const std::string& name) { return name.substr(0, name.rfind('.') + 1); }

// What is wrong with a tensor that shall hold (a part of) `p`; empty if nothing is.
std::string mismatch(const Tensor* tensor, const Var& p, const Shape& there) {
    if (!is_floating(tensor->info->dtype))
        return fmt::format("{}, in the file of dtype {}", p.name(), io::name_of(tensor->info->dtype));
    if (tensor->info->shape == there) return {};
    return fmt::format("{} {}{}, in the file {}", p.name(), to_string(p.shape()),
                       there == p.shape() ? "" : fmt::format(", which the file should hold as {}", to_string(there)),
                       to_string(tensor->info->shape));
}

// One load: what was found for each parameter, before anything is changed.
class Loading {
public:
    Loading(const Params& params, const NameMap& map, Layout layout)
        : map_(map), layout_(layout), parameters_(params, layout) {
        report.ignored = map.ignored;
    }

    void find_all() {
        for (const auto& [p, origin] : parameters_.list) find(p, origin);
    }

    // What no parameter is made of. A layer that lacks a part in heed would give other results: true if one does.
    bool note_rest() {
        bool halved = false;
        const bool theirs = layout_ == Layout::pytorch;
        for (const auto& [name, source] : map_.sources) {
            if (taken_.contains(name)) continue;
            const bool counts = theirs && is_batch_count(name) && taken_.contains(layer_of(name) + "running_mean");
            const std::string why = theirs ? lacking(name) : "";
            for (const Tensor* tensor : source.tensors)
                if (tensor && counts) report.ignored.push_back(tensor->info->name);
                else if (tensor)
                    report.unexpected.push_back(in_quotes(tensor->info->name) + (why.empty() ? "" : ", " + why));
            halved = halved || (!counts && !why.empty() && layers_.contains(layer_of(name)));
        }
        return halved;
    }

    void set_all() {
        for (auto& [p, value] : values_) p.mutable_value("load") = std::move(value);
    }
    bool found_none() const { return values_.empty(); }

    LoadReport report;

private:
    void find(const Var& p, const Params::Origin& origin) {
        const auto name = std::find_if(origin.names.begin(), origin.names.end(),
                                       [&](const PyTorchName& n) { return map_.sources.contains(n.pattern); });
        if (name == origin.names.end()) {
            report.missing.push_back(p.name() + ' ' + to_string(p.shape()));
            return;
        }
        taken_.insert(name->pattern);
        const Source& source = map_.sources.at(name->pattern);
        const Stored stored =
            stored_as(p, source.rule, source.part, source.texts, *name, layout_, origin.axes, parameters_.by_name);
        const Shape there = shape_there(p.shape(), stored);
        for (std::size_t i = 0; i < source.tensors.size(); ++i) {
            if (!source.tensors[i]) {
                report.missing.push_back(fmt::format("{} {}, of which the file lacks '{}'", p.name(),
                                                     to_string(p.shape()),
                                                     fill_in(source.rule->theirs[i], source.texts)));
                return;
            }
            if (std::string text = mismatch(source.tensors[i], p, there); !text.empty()) {
                report.mismatched.push_back(std::move(text));
                return;
            }
        }
        values_.emplace_back(p, read_stored(source.tensors, p.shape(), stored));
        report.loaded.push_back(p.name());
        layers_.insert(layer_of(name->pattern));
    }

    const NameMap& map_;
    Layout layout_;
    NamedParameters parameters_;
    std::vector<std::pair<Var, Array>> values_;
    std::set<std::string> taken_, layers_;  // names of sources, and the layers that they belong to
};

}  // namespace

std::string LoadReport::text() const {
    std::string text = fmt::format("{} loaded", loaded.size());
    const auto line = [&](const char* what, const std::vector<std::string>& names) {
        if (!names.empty()) text += fmt::format("\n  {}: {}", what, fmt::join(names, "; "));
    };
    line("missing in the file", missing);
    line("in the file, but no parameter", unexpected);
    line("another shape or type", mismatched);
    line("left out", ignored);
    return text;
}

LoadReport load(const Params& params, const std::filesystem::path& path, const LoadOptions& options) {
    const io::SafetensorsFiles files(path.string());
    const NameMap map = map_names(files, options.rules);
    Loading loading(params, map, options.layout);
    loading.find_all();
    const bool halved = loading.note_rest();
    const LoadReport& report = loading.report;
    if (halved || (options.strict && !report.complete()))
        throw FileError(
            fmt::format("{}: does not fit the model, and nothing was changed: {}", files.path(), report.text()));
    if (loading.found_none())
        throw FileError(fmt::format("{}: holds nothing of the model: {}", files.path(), report.text()));
    loading.set_all();
    return report;
}

}  // namespace heed::nn
