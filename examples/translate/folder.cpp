#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/nn/program/model_file.hpp>
#include <heed/examples/translate/folder.hpp>

namespace heed::translate {
namespace {

Bpe bpe_of(const Ints& merges, const std::string& path) {
    if (merges.dimension() != 2 || merges.shape()[1] != 2)
        throw FileError(fmt::format("{}: its merges have shape {}; expected (n, 2)", path, to_string(merges.shape())));
    std::vector<Bpe::Merge> all;
    for (Dim i = 0; i < merges.shape()[0]; ++i) all.emplace_back(merges(i, 0), merges(i, 1));
    try {
        return Bpe(std::move(all));
    } catch (const RangeError& e) {
        throw FileError(fmt::format("{}: its merges make no pieces ({}); train it again", path, e.what()));
    }
}

}  // namespace

void save_model(const std::filesystem::path& folder, const nn::Params& params, const ModelOptions& o, const Bpe& bpe) {
    const nlohmann::ordered_json json{{"program", "translate"}, {"kind", o.kind},   {"width", o.width},    {"layers", o.layers},
                                      {"heads", o.heads},       {"hidden", o.hidden}, {"dropout", o.dropout}};
    Ints merges = Ints::from_shape({static_cast<Dim>(bpe.merges().size()), 2});
    for (Dim i = 0; i < merges.shape()[0]; ++i) {
        const auto& [first, second] = bpe.merges()[static_cast<std::size_t>(i)];
        merges(i, 0) = first, merges(i, 1) = second;
    }
    nn::Checkpoint file;
    file.notes["model"] = json.dump();
    file.put("merges", merges);
    file.put("model.", params);
    file.save(program::model_path(folder));
}

Saved load_model(const std::filesystem::path& folder) {
    const std::string path = program::model_path(folder).string();
    const nn::Checkpoint file = nn::Checkpoint::load(path);
    ModelOptions o;
    program::read_description(file, path, "translate", [&](const nlohmann::json& json) {
        o = {.kind = json.at("kind"),
             .width = json.at("width"),
             .layers = json.at("layers"),
             .heads = json.at("heads"),
             .hidden = json.at("hidden"),
             .dropout = json.at("dropout")};
    });
    program::check_sizes(path, {o.width, o.layers, o.heads, o.hidden});
    Bpe bpe = bpe_of(file.ints("merges"), path);
    o.vocabulary = bpe.size();
    nn::Params params;
    Model model(params, o);
    file.get("model.", params);
    return {std::move(bpe), params, std::move(model)};
}

}  // namespace heed::translate
