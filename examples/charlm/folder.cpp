#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/examples/charlm/folder.hpp>
#include <heed/nn/program/model_file.hpp>

namespace heed::charlm {

void save_model(const std::filesystem::path& folder, const nn::Params& params, const ModelOptions& o, const Alphabet& alphabet, Dim block) {
    const nlohmann::ordered_json json{{"program", "charlm"}, {"width", o.width}, {"layers", o.layers},          {"heads", o.heads},
                                      {"dropout", o.dropout}, {"block", block},  {"symbols", alphabet.symbols()}};
    nn::Checkpoint file;
    file.notes["model"] = json.dump();
    file.put("model.", params);
    file.save(program::model_path(folder));
}

Saved load_model(const std::filesystem::path& folder) {
    const std::string path = program::model_path(folder).string();
    const nn::Checkpoint file = nn::Checkpoint::load(path);
    ModelOptions o;
    Alphabet alphabet;
    Dim block = 0;
    program::read_description(file, path, "charlm", [&](const nlohmann::json& json) {
        alphabet = Alphabet(json.at("symbols").get<std::vector<std::string>>());
        o = {.symbols = alphabet.size(),
             .width = json.at("width"),
             .layers = json.at("layers"),
             .heads = json.at("heads"),
             .dropout = json.at("dropout")};
        block = json.at("block");
    });
    constexpr Dim most = 1 << 14;
    for (const Dim size : {o.symbols, o.width, o.layers, o.heads, block})
        if (size < 1 || size > (1 << 21) || (size != o.symbols && size > most))
            throw FileError(fmt::format("{}: {} is no size of a model; expected 1 to {}", path, size, most));
    nn::Params params;
    Model model(params, o);
    file.get("model.", params);
    return {std::move(alphabet), block, params, std::move(model)};
}

}  // namespace heed::charlm
