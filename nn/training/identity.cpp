#include <set>
#include <vector>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/random.hpp>
#include <heed/nn/training/identity.hpp>
#include <heed/nn/training/record.hpp>

namespace heed::training {
namespace {

std::string shown(const Record& record, const std::string& name) {
    const Value* value = find(record, name);
    return value ? std::visit([](const auto& v) { return fmt::format("{}", v); }, *value) : "not set";
}

// ": width was 32 and is 64", where both are JSON objects.
std::string differences(const std::string& before, const std::string& now) {
    const std::optional<Record> was = from_json(before), is = from_json(now);
    if (!was || !is) return "";
    std::set<std::string> names;
    for (const Record* record : {&*was, &*is})
        for (const auto& [name, value] : *record) names.insert(name);
    std::vector<std::string> parts;
    for (const std::string& name : names)
        if (const std::string a = shown(*was, name), b = shown(*is, name); a != b) parts.push_back(fmt::format("{} was {} and is {}", name, a, b));
    return fmt::format(": {}. Put that back, or begin a new run", fmt::join(parts, ", "));
}

// Of the folder that the checkpoint is in; empty if there is none.
std::string configuration_beside(const std::filesystem::path& checkpoint) {
    const std::filesystem::path path = checkpoint.parent_path() / "config.json";
    return std::filesystem::exists(path) ? io::read_text(path.string(), std::uint64_t{1} << 20) : "";
}

std::string hash_of(const std::string& text) { return fmt::format("{:016x}", hash_text(text)); }

}  // namespace

void require_identity(const Notes& notes, const std::filesystem::path& checkpoint, const std::string& identity) {
    const auto refuse = [&](const std::string& what) {
        throw FileError(fmt::format("{}: belongs to a run with another configuration{}", checkpoint.string(), what));
    };
    if (const auto stored = notes.find("identity"); stored != notes.end()) {
        if (stored->second != identity) refuse(differences(stored->second, identity));
        return;
    }
    const auto hash = notes.find("config");
    if (hash == notes.end()) refuse(", or to no run: it does not say which");
    if (hash->second != hash_of(identity) && hash->second != hash_of(configuration_beside(checkpoint)))
        refuse("; was the folder's config.json changed?");
}

double minutes_beside(const std::filesystem::path& checkpoint) {
    const std::optional<Record> config = from_json(configuration_beside(checkpoint));
    const Value* value = config ? find(*config, "minutes") : nullptr;
    return value && std::holds_alternative<double>(*value) ? std::get<double>(*value) : 0;
}

}  // namespace heed::training
