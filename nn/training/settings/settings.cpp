// A program's settings: reading and writing them as JSON.
#include <algorithm>
#include <cmath>
#include <set>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/settings/settings.hpp>

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
bool fits(const Json& json, const std::filesystem::path*) { return json.is_string(); }
bool fits(const Json& json, const std::vector<std::string>*) {
    return json.is_array() && std::ranges::all_of(json, [](const Json& item) { return item.is_string(); });
}
template <class T>
bool fits(const Json&, const T*) {
    return false;
}

void set(const Setting::Target& target, const Json& json) {
    std::visit(
        [&]<class T>(T* value) {
            if constexpr (std::is_same_v<T, std::filesystem::path>) *value = json.get<std::string>();
            else if constexpr (!requires { value->has_value(); }) json.get_to(*value);
        },
        target);
}

// The value; throws what nlohmann throws, and RangeError where the object holds a name twice, of which it would keep
// one.
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

Setting& Settings::add_at(std::string name, Setting::Target target, std::string help) {
    if (find(name)) throw RangeError(fmt::format("Settings: '{}' is declared twice", name));
    Setting& setting = all_.emplace_back();
    setting.name_ = std::move(name);
    setting.target_ = target;
    setting.help_ = std::move(help);
    return setting;
}

const Setting* Settings::find(std::string_view name) const {
    const auto found = std::ranges::find(all_, name, &Setting::name_);
    return found == all_.end() ? nullptr : &*found;
}

Setting& Settings::operator[](std::string_view name) {
    const auto found = std::ranges::find(all_, name, &Setting::name_);
    if (found == all_.end()) throw RangeError(fmt::format("Settings: there is no '{}'", name));
    return *found;
}

std::optional<std::pair<std::string, std::string>> Settings::not_utf8() const {
    for (const Setting& s : all_)
        if (const Value value = s.value(); s.is_in(SettingsFile::run) && std::holds_alternative<std::string>(value))
            if (const auto& text = std::get<std::string>(value); !utf8::is_utf8(text)) return std::pair(s.name_, text);
    return std::nullopt;
}

std::string Settings::json(SettingsFile file) const {
    Record record;
    for (const Setting& s : all_)
        if (Value value = s.value(); s.is_in(file) && (s.flagged_ || s.before_ != value))
            record.emplace_back(s.name_, std::move(value));
    return to_json(record, 2) + "\n";
}

Identity Settings::identity() const {
    Identity identity;
    for (const Setting& s : all_) {
        if (!s.is_in(SettingsFile::run) || s.changes_) continue;
        identity.fields.emplace_back(s.name_, s.value());
        if (s.before_) identity.added_later.emplace_back(s.name_, *s.before_);
    }
    return identity;
}

void Settings::read(const std::string& text, const std::string& file, const std::vector<std::string>& keep,
                    SettingsFile of) const {
    const auto refuse = [&](const std::string& what) {
        const bool is_run = of == SettingsFile::run;
        throw FileError(fmt::format("{}: is no {}: {}; was it written by another version? {}", file,
                                    is_run ? "configuration of a run" : "model of this program", what,
                                    is_run ? "Start anew with another --out" : "Train it again"));
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
    for (const Setting& s : all_) {
        if (!s.is_in(of)) continue;
        if (!s.former_.empty() && json.contains(s.former_) && !json.contains(s.name_)) {
            json[s.name_] = json.at(s.former_);
            json.erase(s.former_);
        }
        if (!json.contains(s.name_)) {
            if (!s.before_) refuse(fmt::format("it lacks the field '{}'", s.name_));
            continue;
        }
        const Json& value = json.at(s.name_);
        if (!std::visit([&](const auto* p) { return fits(value, p); }, s.target_))
            refuse(fmt::format("field '{}' is {}", s.name_, value.type_name()));
        if (value.is_number() && !s.takes(value.get<double>()) && !(s.zero_ && value.get<double>() == 0))
            refuse(fmt::format("field '{}' is {}; expected {}", s.name_, value.get<double>(), s.range()));
        if (!s.texts_.empty() && std::ranges::find(s.texts_, value.get<std::string>()) == s.texts_.end())
            refuse(fmt::format("field '{}' is {}; expected one of {}", s.name_, io::in_quotes(value.get<std::string>()),
                               fmt::join(s.texts_, ", ")));
    }
    for (const auto& item : json.items()) {
        const Setting* known = find(item.key());
        if (!known || !known->is_in(of)) refuse(fmt::format("it has an unknown field {}", io::in_quotes(item.key())));
    }
    for (const Setting& s : all_) {
        if (!s.is_in(of) || std::ranges::find(keep, s.name_) != keep.end()) continue;
        if (json.contains(s.name_)) set(s.target_, json.at(s.name_));
        else s.set(*s.before_);
    }
}

void Settings::save(const std::filesystem::path& path) const {
    io::write_atomically(path.string(), io::bytes_of(json()));
}

void Settings::load(const std::filesystem::path& path, const std::vector<std::string>& keep) const {
    read(io::read_text(path.string(), largest), path.string(), keep);
}

}  // namespace heed::training
