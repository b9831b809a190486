#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/utf8.hpp>
#include <heed/nn/training/fields.hpp>

namespace heed::training {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t largest = std::uint64_t{1} << 20;  // bytes of a file

bool fits(const Json& json, const bool*) { return json.is_boolean(); }
bool fits(const Json& json, const std::int64_t*) {
    return json.is_number_integer() && !(json.is_number_unsigned() && json.get<std::uint64_t>() >> 63);
}
bool fits(const Json& json, const std::uint64_t*) { return json.is_number_unsigned(); }
bool fits(const Json& json, const double*) { return json.is_number(); }
bool fits(const Json& json, const std::string*) { return json.is_string(); }

template <class Place>
Value value_of(const Place& place) {
    return std::visit([](const auto* value) { return Value(*value); }, place);
}

// The value; throws what nlohmann throws, and RangeError where the object holds a name twice, of which it would keep one.
Json parse(const std::string& text) {
    if (text.find('\0') != text.npos) throw RangeError("it holds a NUL byte");  // would end the text
    std::set<std::string> names;
    return Json::parse(text, [&](int depth, Json::parse_event_t event, Json& value) {
        if (depth == 1 && event == Json::parse_event_t::key && !names.insert(value.get<std::string>()).second)
            throw RangeError(fmt::format("the field {} is there twice", io::in_quotes(value.get<std::string>())));
        return true;
    });
}

}  // namespace

Fields& Fields::within(double least, double most) {
    fields_.back().least = least;
    fields_.back().most = most;
    return *this;
}

Fields& Fields::one_of(std::vector<std::string> texts) {
    fields_.back().texts = std::move(texts);
    return *this;
}

Fields& Fields::added_later(Value before) {
    Field& field = fields_.back();
    if (before.index() != field.place.index()) throw RangeError(fmt::format("Fields: what the field '{}' was before is of another type", field.name));
    field.before = std::move(before);
    return *this;
}

std::optional<std::pair<std::string, std::string>> Fields::not_utf8() const {
    for (const Field& field : fields_)
        if (const auto* text = std::get_if<std::string*>(&field.place); text && !utf8::is_utf8(**text)) return std::pair(field.name, **text);
    return std::nullopt;
}

Fields& Fields::may_change() {
    fields_.back().changes = true;
    return *this;
}

bool Fields::may_change(const std::string& name) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == name && field.changes; });
}

template <class Wanted>
Record Fields::fields_that(Wanted wanted) const {
    Record record;
    for (const Field& field : fields_)
        if (wanted(field)) record.emplace_back(field.name, value_of(field.place));
    return record;
}

std::string Fields::json() const {
    return to_json(fields_that([](const Field&) { return true; }), 2) + "\n";
}

std::string Fields::identity() const {
    return to_json(fields_that([](const Field& field) { return !field.changes && field.before != value_of(field.place); }));
}

void Fields::read(const std::string& text, const std::string& file, const std::vector<std::string>& keep) const {
    const auto refuse = [&](const std::string& what) {
        throw FileError(
            fmt::format("{}: is no configuration of a run: {}; was it written by another version? Start anew with another --out", file, what));
    };
    Json json;
    try {
        json = parse(text);
    } catch (const Json::exception& e) {
        refuse(e.what());
    } catch (const RangeError& e) {
        refuse(e.what());
    }
    if (!json.is_object()) refuse("it is no JSON object");
    for (const Field& field : fields_) {
        if (!json.contains(field.name)) {
            if (!field.before) refuse(fmt::format("it lacks the field '{}'", field.name));
            continue;
        }
        const Json& value = json.at(field.name);
        if (!std::visit([&](const auto* p) { return fits(value, p); }, field.place))
            refuse(fmt::format("field '{}' is {}", field.name, value.type_name()));
        if (value.is_number() && !(field.least <= value.get<double>() && value.get<double>() <= field.most))
            refuse(fmt::format("field '{}' is {}; expected {} to {}", field.name, value.get<double>(), field.least, field.most));
        if (!field.texts.empty() && std::find(field.texts.begin(), field.texts.end(), value.get<std::string>()) == field.texts.end())
            refuse(fmt::format("field '{}' is {}; expected one of {}", field.name, io::in_quotes(value.get<std::string>()),
                               fmt::join(field.texts, ", ")));
    }
    for (const auto& item : json.items()) {
        const auto is_it = [&](const Field& known) { return known.name == item.key(); };
        if (std::none_of(fields_.begin(), fields_.end(), is_it)) refuse(fmt::format("it has an unknown field {}", io::in_quotes(item.key())));
    }
    for (const Field& field : fields_) {
        if (std::find(keep.begin(), keep.end(), field.name) != keep.end()) continue;
        std::visit(
            [&](auto* value) {
                if (json.contains(field.name)) json.at(field.name).get_to(*value);
                else *value = std::get<std::remove_reference_t<decltype(*value)>>(*field.before);
            },
            field.place);
    }
}

void Fields::save(const std::filesystem::path& path) const { io::write_atomically(path.string(), io::bytes_of(json())); }

void Fields::load(const std::filesystem::path& path, const std::vector<std::string>& keep) const {
    read(io::read_text(path.string(), largest), path.string(), keep);
}

}  // namespace heed::training
