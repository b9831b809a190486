// Whether a checkpoint belongs to a run.
#include <set>
#include <vector>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/random.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/settings/identity.hpp>

namespace heed::training {
namespace {

std::string shown(const Record& record, const Record& otherwise, const std::string& name) {
    const Value* value = find(record, name);
    if (!value) value = find(otherwise, name);
    return value ? std::visit([](const auto& v) { return fmt::format("{}", v); }, *value) : "not set";
}

// "width was 32 and is 64" for each field that differs.
std::vector<std::string> differences(const Record& before, const Identity& now) {
    std::set<std::string> names;
    for (const Record* record : {&before, &now.fields})
        for (const auto& [name, value] : *record) names.insert(name);
    std::vector<std::string> parts;
    for (const std::string& name : names)
        if (const std::string a = shown(before, now.added_later, name), b = shown(now.fields, now.added_later, name);
            a != b)
            parts.push_back(fmt::format("{} was {} and is {}", name, a, b));
    return parts;
}

// Of the folder that the checkpoint is in; empty if there is none.
std::string configuration_beside(const std::filesystem::path& checkpoint) {
    const std::filesystem::path path = checkpoint.parent_path() / "config.json";
    return std::filesystem::exists(path) ? io::read_text(path.string(), std::uint64_t{1} << 20) : "";
}

std::string hash_of(const std::string& text) { return fmt::format("{:016x}", hash_text(text)); }

}  // namespace

Record fields_of(const std::string& config) {
    std::optional<Record> fields = from_json(config);
    return fields ? std::move(*fields) : Record{{"config", config}};
}

void require_identity(const Notes& notes, const std::filesystem::path& checkpoint, const Identity& identity,
                      const std::string& config) {
    const auto refuse = [&](const std::string& what) {
        throw FileError(fmt::format("{}: belongs to a run with another configuration{}", checkpoint.string(), what));
    };
    if (const auto stored = notes.find("identity"); stored != notes.end()) {
        if (const std::vector<std::string> all = differences(fields_of(stored->second), identity); !all.empty())
            refuse(fmt::format(": {}. Put that back, or begin a new run", fmt::join(all, ", ")));
        return;
    }
    const auto hash = notes.find("config");
    if (hash == notes.end()) refuse(", or to no run: it does not state which");
    if (hash->second != hash_of(config) && hash->second != hash_of(configuration_beside(checkpoint)))
        refuse("; was the folder's config.json changed?");
}

double minutes_beside(const std::filesystem::path& checkpoint) {
    const std::optional<Record> config = from_json(configuration_beside(checkpoint));
    const Value* value = config ? find(*config, "minutes") : nullptr;
    return value && std::holds_alternative<double>(*value) ? std::get<double>(*value) : 0;
}

}  // namespace heed::training
