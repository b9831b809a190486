// Named values as JSON objects.
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/training/settings/record.hpp>

namespace heed::training {
namespace {

bool is_list_of_texts(const nlohmann::ordered_json& json) {
    return json.is_array() && std::ranges::all_of(json, [](const auto& item) { return item.is_string(); });
}

}  // namespace

std::string to_json(const Record& record, int indent) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& [name, value] : record) {
        const auto check = [&, &field = name](bool ok, const char* reason) {
            if (!ok) throw RangeError(fmt::format("to_json: field {}: {}", utf8::in_quotes(field), reason));
        };
        check(!json.contains(name), "is there already");
        check(utf8::is_utf8(name), "the name is not UTF-8");
        if (const std::string* text = std::get_if<std::string>(&value))
            check(utf8::is_utf8(*text), "the text is not UTF-8");
        if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
            check(std::ranges::all_of(*texts, utf8::is_utf8), "a text of its list is not UTF-8");
        std::visit([&, &field = name](const auto& v) { json[field] = v; }, value);
    }
    return json.dump(indent);
}

std::optional<Record> from_json(std::string_view text) {
    const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    Record record;
    for (const auto& item : json.items()) {
        const auto& value = item.value();
        const bool beyond =
            value.is_number_unsigned() && value.get<std::uint64_t>() >> 63 != 0;  // too large for the signed type
        if (value.is_boolean()) record.emplace_back(item.key(), value.get<bool>());
        else if (beyond) record.emplace_back(item.key(), value.get<std::uint64_t>());
        else if (value.is_number_integer()) record.emplace_back(item.key(), value.get<std::int64_t>());
        else if (value.is_number()) record.emplace_back(item.key(), value.get<double>());
        else if (value.is_string()) record.emplace_back(item.key(), value.get<std::string>());
        else if (is_list_of_texts(value)) record.emplace_back(item.key(), value.get<std::vector<std::string>>());
    }
    return record;
}

const Value* find(const Record& record, std::string_view name) {
    for (const auto& [key, value] : record)
        if (key == name) return &value;
    return nullptr;
}

}  // namespace heed::training
