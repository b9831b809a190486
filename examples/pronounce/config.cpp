#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/pronounce/config.hpp>

namespace heed::pronounce {
namespace {

// One list of fields serves both directions.
template <class C, class F>
void each_field(C& c, F field) {
    field("data", c.data);
    field("hold_out_test", c.hold_out_test);
    field("batch", c.batch);
    field("model", c.model);
    field("embedding", c.embedding);
    field("width", c.width);
    field("layers", c.layers);
    field("heads", c.heads);
    field("dropout", c.dropout);
    field("lr", c.lr);
    field("warmup", c.warmup);
    field("smoothing", c.smoothing);
    field("clip", c.clip);
    field("seed", c.seed);
    field("minutes", c.minutes);
    field("epochs", c.epochs);
    field("steps", c.steps);
}

}  // namespace

std::string to_json(const Config& config) {
    nlohmann::ordered_json json;
    each_field(config, [&](const char* name, const auto& value) { json[name] = value; });
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Config config_from_json(const std::string& text, const std::string& name) {
    Config config;
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        std::size_t known = 0;
        each_field(config, [&](const char* field, auto& value) {
            json.at(field).get_to(value);
            ++known;
        });
        if (json.size() != known)
            throw FileError(fmt::format("{}: holds {} fields, expected {}; was it written by another version?", name, json.size(), known));
    } catch (const nlohmann::json::exception& e) {
        throw FileError(fmt::format("{}: is no configuration of a run ({}); start anew with another --out", name, e.what()));
    }
    return config;
}

Config read_config(const std::filesystem::path& folder) {
    const std::string path = (folder / "config.json").string();
    const std::vector<std::byte> content = io::read_file(path, std::uint64_t{1} << 20);
    return config_from_json({reinterpret_cast<const char*>(content.data()), content.size()}, path);
}

void write_config(const std::filesystem::path& folder, const Config& config) {
    io::write_atomically((folder / "config.json").string(), io::bytes_of(to_json(config)));
}

}  // namespace heed::pronounce
