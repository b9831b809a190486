#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/nn/program/model_file.hpp>

namespace heed::program {

std::filesystem::path model_path(const std::filesystem::path& folder) { return folder / "model.safetensors"; }

bool has_model(const RunPlace& place) { return place.resume && std::filesystem::exists(model_path(place.folder)); }

void read_description(const nn::Checkpoint& file, const std::string& path, const char* program,
                      const std::function<void(const nlohmann::json&)>& take) {
    try {
        const nlohmann::json json = nlohmann::json::parse(file.note("model"));
        if (json.at("program") != program) throw FileError(fmt::format("{}: is a model of another program", path));
        take(json);
    } catch (const nlohmann::json::exception& e) {
        throw FileError(fmt::format("{}: its description of the model cannot be read ({}); train it again", path, e.what()));
    }
}

void check_sizes(const std::string& path, std::initializer_list<Dim> sizes) {
    constexpr Dim most = 1 << 14;
    for (const Dim size : sizes)
        if (size < 1 || size > most) throw FileError(fmt::format("{}: {} is no size of a model; expected 1 to {}", path, size, most));
}

}  // namespace heed::program
