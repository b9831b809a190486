#include <functional>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/fields.hpp>

namespace heed::training {
namespace {

using Json = nlohmann::json;

bool fits(const Json& json, const bool*) { return json.is_boolean(); }
bool fits(const Json& json, const std::int64_t*) {
    return json.is_number_integer() && !(json.is_number_unsigned() && json.get<std::uint64_t>() >> 63);
}
bool fits(const Json& json, const std::uint64_t*) { return json.is_number_unsigned(); }
bool fits(const Json& json, const double*) { return json.is_number(); }
bool fits(const Json& json, const std::string*) { return json.is_string(); }

}  // namespace

std::string Fields::json() const {
    Record record;
    for (const auto& [name, place] : places_) std::visit([&, &field = name](const auto* value) { record.emplace_back(field, *value); }, place);
    return to_json(record, 2) + "\n";
}

void Fields::read(const std::string& text, const std::string& file) const {
    const auto refuse = [&](const std::string& what) {
        throw FileError(
            fmt::format("{}: is no configuration of a run: {}; was it written by another version? Start anew with another --out", file, what));
    };
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::exception& e) {
        refuse(e.what());
    }
    if (!json.is_object()) refuse("it is no JSON object");
    for (const auto& [name, place] : places_) {
        if (!json.contains(name)) refuse(fmt::format("it lacks the field '{}'", name));
        const Json& value = json.at(name);
        if (!std::visit([&](const auto* p) { return fits(value, p); }, place)) refuse(fmt::format("field '{}' is {}", name, value.type_name()));
    }
    for (const auto& item : json.items()) {
        const auto is_it = [&](const auto& known) { return known.first == item.key(); };
        if (std::none_of(places_.begin(), places_.end(), is_it)) refuse(fmt::format("it has an unknown field {}", io::in_quotes(item.key())));
    }
    for (const auto& [name, place] : places_) std::visit([&, &field = name](auto* value) { json.at(field).get_to(*value); }, place);
}

void Fields::save(const std::filesystem::path& path) const { io::write_atomically(path.string(), io::bytes_of(json())); }

void Fields::load(const std::filesystem::path& path) const {
    const std::vector<std::byte> content = io::read_file(path.string(), std::uint64_t{1} << 20);
    read({reinterpret_cast<const char*>(content.data()), content.size()}, path.string());
}

}  // namespace heed::training
