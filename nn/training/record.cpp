#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/error.hpp>
#include <heed/core/utf8.hpp>
#include <heed/nn/training/record.hpp>

namespace heed::training {

std::string to_json(const Record& record, int indent) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& [name, value] : record) {
        const auto check = [&, &field = name](bool ok, const char* reason) {
            if (!ok) throw RangeError(fmt::format("to_json: field {}: {}", utf8::in_quotes(field), reason));
        };
        check(!json.contains(name), "is there already");
        check(utf8::is_utf8(name), "the name is not UTF-8");
        if (const std::string* text = std::get_if<std::string>(&value)) check(utf8::is_utf8(*text), "the text is not UTF-8");
        std::visit([&, &field = name](const auto& v) { json[field] = v; }, value);
    }
    return json.dump(indent);
}

}  // namespace heed::training
