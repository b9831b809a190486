// model.safetensors in a run's folder.
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/model_file.hpp>
#include <heed/nn/training/run/folder.hpp>

namespace heed::training {
namespace {

std::string shown(const nlohmann::json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

std::filesystem::path model_path(const std::filesystem::path& folder) { return folder / "model.safetensors"; }

void refuse_model(const std::filesystem::path& folder, const char* why) {
    throw FileError(fmt::format("{}: describes no model ({}); train it again", model_path(folder).string(), why));
}

void save_model_file(const std::filesystem::path& folder, const char* program, const Settings& settings,
                     nn::Checkpoint file) {
    nlohmann::ordered_json note{{"program", program}};
    note.update(nlohmann::ordered_json::parse(settings.json(SettingsFile::model)));
    file.notes["model"] = note.dump();
    file.save(model_path(folder));
}

nn::Checkpoint load_model_file(const std::filesystem::path& folder, const char* program, const Settings& settings) {
    const std::string path = model_path(folder).string();
    if (!std::filesystem::exists(path) && RunFolder::holds_run(folder))
        throw FileError(fmt::format("{0}: holds a run that left no model yet; continue it: train --resume --out {0}",
                                    folder.string()));
    nn::Checkpoint file = nn::Checkpoint::load(path);
    nlohmann::json note = nlohmann::json::parse(file.note("model"), nullptr, false);
    if (!note.is_object() || !note.contains("program"))
        throw FileError(fmt::format("{}: does not state which program's model it is", path));
    if (note.at("program") != program)
        throw FileError(
            fmt::format("{}: is a model of another program, {}", path, io::in_quotes(shown(note.at("program")))));
    note.erase("program");
    settings.read(note.dump(), path, {}, SettingsFile::model);
    return file;
}

}  // namespace heed::training
