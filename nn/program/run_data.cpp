// data.json in a run's folder.
#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::program {
namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 28;  // bytes of data.json

std::filesystem::path path_of(const Launch& launch) { return launch.folder / "data.json"; }

std::string text_of(const std::filesystem::path& path) {
    return std::filesystem::exists(path) ? io::read_text(path.string(), largest) : "";
}

nlohmann::json json_of(const Examples& examples) {
    return {{"count", examples.count}, {"hash", fmt::format("{:016x}", examples.hash)}};
}

// "916 words to train on, 906 before"; empty where nothing changed.
std::string difference(const Examples& before, const Examples& now, const char* unit, const char* purpose) {
    if (before == now) return "";
    if (before.count != now.count) return fmt::format("{} {} {}, {} before", now.count, unit, purpose, before.count);
    return fmt::format("{} {} {}, as many as before, but others or in another order", now.count, unit, purpose);
}

}  // namespace

void Examples::add(std::initializer_list<std::string_view> parts) {
    ++count;
    for (const std::string_view part : parts) hash = mix_bits(hash + hash_text(part) + 1);
}

void Examples::add_hashed(std::initializer_list<std::uint64_t> parts) {
    ++count;
    for (const std::uint64_t part : parts) hash = mix_bits(hash + part + 1);
}

RunData::RunData(const Launch& launch) : launch_(launch) {
    if (!launch.resume) return;
    const std::string text = text_of(path_of(launch));
    if (text.empty()) return;
    json_ = checked([&] { return nlohmann::json::parse(text); });
    if (!json_.is_object()) refuse("it is no JSON object");
}

void RunData::refuse(const std::string& why) const {
    throw FileError(
        fmt::format("{}: does not state which data the run began with ({}); remove it to continue without "
                    "knowing",
                    path_of(launch_).string(), why));
}

std::optional<Examples> RunData::stored(const char* part) const {
    if (!json_.contains(part)) return std::nullopt;
    return checked([&] {
        const nlohmann::json& json = json_.at(part);
        const std::string text = json.at("hash");
        Examples examples{.count = json.at("count")};
        if (std::from_chars(text.data(), text.data() + text.size(), examples.hash, 16).ptr != text.data() + text.size())
            refuse("a hash is not hexadecimal");
        return std::optional(examples);
    });
}

std::optional<Dim> RunData::cut() const {
    const std::optional<Examples> train = stored("train");
    return train ? std::optional(train->count) : std::nullopt;
}

void RunData::take(const Examples& train, const Examples& held_out, const char* unit) {
    const std::optional<Examples> was = stored("train"), was_held_out = stored("held_out");
    const std::string folder = launch_.folder.string();
    if (was && was_held_out) {
        const std::string a = difference(*was, train, unit, "to train on"),
                          b = difference(*was_held_out, held_out, unit, "held out");
        const std::string changed = fmt::format("{}{}{}", a, a.empty() || b.empty() ? "" : "; ", b);
        if (!changed.empty() && !launch_.changed_data)
            throw FileError(
                fmt::format("{}: the data changed since the run began: {}. Put them back; or continue "
                            "with them by --changed-data, which keeps what was made of the data then; or "
                            "begin a new run in another --out",
                            folder, changed));
        if (!changed.empty()) fmt::print(stderr, "the data changed since the run began: {}\n", changed);
    } else if (launch_.resume) {
        fmt::print(stderr,
                   "warning: {}: the run was begun by an earlier version, which did not write down its "
                   "data: whether they changed since is not known\n",
                   folder);
    }
    const auto text = [](const Examples& e) { return fmt::format("{} with the hash {:016x}", e.count, e.hash); };
    launch_.group().require_same(fmt::format("the number of {} to train on", unit), text(train));
    launch_.group().require_same(fmt::format("the number of {} held out", unit), text(held_out));
    json_["train"] = json_of(train);
    json_["held_out"] = json_of(held_out);
}

void RunData::save() const { io::write_if_changed(path_of(launch_), json_.dump() + "\n"); }

}  // namespace heed::program
