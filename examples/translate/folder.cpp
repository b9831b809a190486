#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/examples/translate/folder.hpp>
#include <heed/nn/checkpoint.hpp>

namespace heed::translate {
namespace {

std::filesystem::path model_path(const std::filesystem::path& folder) { return folder / "model.safetensors"; }

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
    file.save(model_path(folder));
}

Saved load_model(const std::filesystem::path& folder) {
    const std::string path = model_path(folder).string();
    const nn::Checkpoint file = nn::Checkpoint::load(path);
    ModelOptions o;
    try {
        const nlohmann::json json = nlohmann::json::parse(file.note("model"));
        if (json.at("program") != "translate") throw FileError(fmt::format("{}: is a model of another program", path));
        o = {.kind = json.at("kind"),
             .width = json.at("width"),
             .layers = json.at("layers"),
             .heads = json.at("heads"),
             .hidden = json.at("hidden"),
             .dropout = json.at("dropout")};
    } catch (const nlohmann::json::exception& e) {
        throw FileError(fmt::format("{}: its description of the model cannot be read ({}); train it again", path, e.what()));
    }
    constexpr Dim most = 1 << 14;
    for (const Dim size : {o.width, o.layers, o.heads, o.hidden})
        if (size < 1 || size > most) throw FileError(fmt::format("{}: {} is no size of a model; expected 1 to {}", path, size, most));
    Bpe bpe = bpe_of(file.ints("merges"), path);
    o.vocabulary = bpe.size();
    nn::Params params;
    Model model(params, o);
    file.get("model.", params);
    return {std::move(bpe), params, std::move(model)};
}

}  // namespace heed::translate
