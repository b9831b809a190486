#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/program/model_file.hpp>
#include <heed/examples/pronounce/folder.hpp>

namespace heed::pronounce {

std::int64_t Saved::word_hash(const std::string& word) { return static_cast<std::int64_t>(hash_text(word)); }

void save_model(const std::filesystem::path& folder, const nn::Params& params, const ModelOptions& o, const Vocabulary& letters,
                const Vocabulary& phones, LowerCase how, const std::vector<Entry>& trained_on) {
    const nlohmann::ordered_json json{{"program", "pronounce"},        {"model", o.model},   {"embedding", o.embedding},
                                      {"width", o.width},              {"layers", o.layers}, {"heads", o.heads},
                                      {"dropout", o.dropout},          {"letters", letters.symbols()}, {"phones", phones.symbols()},
                                      {"lower_casing", examples::name_of(how)}};
    Ints seen = Ints::from_shape({static_cast<Dim>(trained_on.size())});
    std::transform(trained_on.begin(), trained_on.end(), seen.data(), [](const Entry& entry) { return Saved::word_hash(entry.word); });
    std::sort(seen.data(), seen.data() + trained_on.size());
    nn::Checkpoint file;
    file.notes["model"] = json.dump();
    file.put("model.", params);
    file.put("seen", seen);
    file.save(program::model_path(folder));
}

Saved load_model(const std::filesystem::path& folder) {
    const std::string path = program::model_path(folder).string();
    const nn::Checkpoint file = nn::Checkpoint::load(path);
    Vocabulary letters, phones;
    ModelOptions options;
    std::string lower_casing;
    program::read_description(file, path, "pronounce", [&](const nlohmann::json& json) {
        letters = Vocabulary(json.at("letters").get<std::vector<std::string>>());
        phones = Vocabulary(json.at("phones").get<std::vector<std::string>>());
        options = {.letters = letters.size(),
                   .phones = phones.size(),
                   .model = json.value("model", "gru"),  // in the first files there was no other, and no layers or heads
                   .embedding = json.at("embedding"),
                   .width = json.at("width"),
                   .layers = json.value("layers", Dim{3}),
                   .heads = json.value("heads", Dim{4}),
                   .dropout = json.at("dropout")};
        lower_casing = json.value("lower_casing", examples::name_of(LowerCase::latin1));  // a model of before
    });
    if (!std::ranges::count(examples::lower_case_names(), lower_casing))
        throw FileError(fmt::format("{}: its words became small letters in a way unknown here, {}", path, io::in_quotes(lower_casing)));
    program::check_sizes(path, {options.embedding, options.width, options.layers, options.heads});
    nn::Params params;
    Model model(params, options);
    file.get("model.", params);
    const Ints seen = file.ints("seen");
    return {letters, phones, options, params, model, examples::lower_case_named(lower_casing), {seen.storage().begin(), seen.storage().end()}};
}

}  // namespace heed::pronounce
