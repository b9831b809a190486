#include <algorithm>
#include <cmath>
#include <set>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/utf8.hpp>
#include <heed/nn/training/settings.hpp>

namespace heed::training {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t largest = std::uint64_t{1} << 20;  // bytes of a file

// What a file can hold of a member: nothing of optional texts and flags, and of lists.
template <class T>
constexpr bool is_field = std::is_arithmetic_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>;

bool fits(const Json& json, const bool*) { return json.is_boolean(); }
bool fits(const Json& json, const std::int64_t*) {
    return json.is_number_integer() && !(json.is_number_unsigned() && json.get<std::uint64_t>() >> 63);
}
bool fits(const Json& json, const std::uint64_t*) { return json.is_number_unsigned(); }
bool fits(const Json& json, const double*) { return json.is_number(); }
bool fits(const Json& json, const std::string*) { return json.is_string(); }
bool fits(const Json& json, const std::filesystem::path*) { return json.is_string(); }
template <class T>
bool fits(const Json&, const T*) {
    return false;
}

Value value_of(const Setting::Place& place) {
    return std::visit(
        []<class T>(const T* value) -> Value {
            if constexpr (std::is_same_v<T, std::filesystem::path>) return value->string();
            else if constexpr (is_field<T>) return *value;
            else return std::string();
        },
        place);
}

void set(const Setting::Place& place, const Json& json) {
    std::visit(
        [&]<class T>(T* value) {
            if constexpr (std::is_same_v<T, std::filesystem::path>) *value = json.get<std::string>();
            else if constexpr (is_field<T>) json.get_to(*value);
        },
        place);
}

void set(const Setting::Place& place, const Value& to) {
    std::visit(
        [&]<class T>(T* value) {
            if constexpr (std::is_same_v<T, std::filesystem::path>) *value = std::get<std::string>(to);
            else if constexpr (is_field<T>) *value = std::get<T>(to);
        },
        place);
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

Setting& Setting::within(double least, double most) {
    least_ = least, most_ = most, above_ = false;
    return *this;
}
Setting& Setting::above(double least) {
    least_ = least, above_ = true;
    return *this;
}
Setting& Setting::one_of(std::vector<std::string> texts) {
    texts_ = std::move(texts);
    return *this;
}
Setting& Setting::required() {
    required_ = true;
    return *this;
}
Setting& Setting::zero_unless_given() {
    zero_ = true;
    return *this;
}
Setting& Setting::added_later(Value before) {
    if (before.index() != value_of(place_).index()) throw RangeError(fmt::format("Settings: what '{}' was before is of another type", name_));
    before_ = std::move(before);
    return *this;
}
Setting& Setting::may_change() {
    changes_ = true;
    return *this;
}
Setting& Setting::no_flag() {
    flagged_ = false;
    return *this;
}
Setting& Setting::of_call() {
    kind_ = Kind::call;
    return *this;
}
Setting& Setting::decides_new_runs() {
    kind_ = Kind::new_run;
    return *this;
}
Setting& Setting::negated(std::string flag) {
    negated_ = std::move(flag);
    return *this;
}
Setting& Setting::positional() {
    positional_ = true;
    return *this;
}

std::string Setting::flag() const {
    std::string text = positional_ ? name_ : "--" + name_;
    if (!positional_) std::ranges::replace(text, '_', '-');
    return text;
}

bool Setting::takes(double value) const {
    return std::isfinite(value) && (above_ ? value > least_ : value >= least_) && value <= most_;
}

std::string Setting::range() const {
    if (above_) return std::isfinite(most_) ? fmt::format("above {}, to {}", least_, most_) : fmt::format("above {}", least_);
    return fmt::format("{} to {}", least_, most_);
}

bool Setting::is_on() const {
    const auto* flag = std::get_if<bool*>(&place_);
    return flag && **flag;
}

bool Setting::has_no_text() const {
    return std::visit(
        []<class T>(const T* value) {
            if constexpr (requires { value->empty(); }) return value->empty();
            else return false;
        },
        place_);
}

Setting& Settings::add_at(std::string name, Setting::Place place, std::string help) {
    if (find(name)) throw RangeError(fmt::format("Settings: '{}' is declared twice", name));
    Setting& setting = all_.emplace_back();
    setting.name_ = std::move(name);
    setting.place_ = place;
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
        if (const Value value = value_of(s.place_); s.kind_ == Setting::Kind::run && std::holds_alternative<std::string>(value))
            if (const auto& text = std::get<std::string>(value); !utf8::is_utf8(text)) return std::pair(s.name_, text);
    return std::nullopt;
}

template <class Wanted>
Record Settings::fields_that(Wanted wanted) const {
    Record record;
    for (const Setting& s : all_)
        if (s.kind_ == Setting::Kind::run && wanted(s)) record.emplace_back(s.name_, value_of(s.place_));
    return record;
}

std::string Settings::json() const {
    const auto says_something = [](const Setting& s) { return s.flagged_ || s.before_ != value_of(s.place_); };
    return to_json(fields_that(says_something), 2) + "\n";
}

std::string Settings::identity() const {
    return to_json(fields_that([](const Setting& s) { return !s.changes_ && s.before_ != value_of(s.place_); }));
}

void Settings::read(const std::string& text, const std::string& file, const std::vector<std::string>& keep) const {
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
    for (const Setting& s : all_) {
        if (s.kind_ != Setting::Kind::run) continue;
        if (!json.contains(s.name_)) {
            if (!s.before_) refuse(fmt::format("it lacks the field '{}'", s.name_));
            continue;
        }
        const Json& value = json.at(s.name_);
        if (!std::visit([&](const auto* p) { return fits(value, p); }, s.place_))
            refuse(fmt::format("field '{}' is {}", s.name_, value.type_name()));
        if (value.is_number() && !s.takes(value.get<double>()) && !(s.zero_ && value.get<double>() == 0))
            refuse(fmt::format("field '{}' is {}; expected {}", s.name_, value.get<double>(), s.range()));
        if (!s.texts_.empty() && std::ranges::find(s.texts_, value.get<std::string>()) == s.texts_.end())
            refuse(fmt::format("field '{}' is {}; expected one of {}", s.name_, io::in_quotes(value.get<std::string>()), fmt::join(s.texts_, ", ")));
    }
    for (const auto& item : json.items()) {
        const Setting* known = find(item.key());
        if (!known || known->kind_ != Setting::Kind::run) refuse(fmt::format("it has an unknown field {}", io::in_quotes(item.key())));
    }
    for (const Setting& s : all_) {
        if (s.kind_ != Setting::Kind::run || std::ranges::find(keep, s.name_) != keep.end()) continue;
        if (json.contains(s.name_)) set(s.place_, json.at(s.name_));
        else set(s.place_, *s.before_);
    }
}

void Settings::save(const std::filesystem::path& path) const { io::write_atomically(path.string(), io::bytes_of(json())); }

void Settings::load(const std::filesystem::path& path, const std::vector<std::string>& keep) const {
    read(io::read_text(path.string(), largest), path.string(), keep);
}

}  // namespace heed::training
