#pragma once
// Named values in order: what a run's files hold as JSON objects.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace heed::training {

using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<std::string>>;
using Record = std::vector<std::pair<std::string, Value>>;

// One JSON object, its fields in this order; on one line, or indented by `indent`. JSON has no NaN or infinity: they
// become null. Throws RangeError for a field given twice and for text that is not UTF-8.
std::string to_json(const Record& record, int indent = -1);

// The object's numbers, texts, lists of texts, true and false in their order; what else it holds is left out. Nothing
// for what is no JSON object.
std::optional<Record> from_json(std::string_view text);

const Value* find(const Record& record, std::string_view name);  // null if there is none

}  // namespace heed::training
