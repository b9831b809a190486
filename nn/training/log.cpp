#include <cstdio>
#include <string_view>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/log.hpp>

namespace heed::training {
namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 30;

// Calls f(line, object) for each whole line of the file that is a JSON object.
template <class F>
void each_line(const std::filesystem::path& path, F f) {
    const std::vector<std::byte> content = io::read_file(path.string(), largest);
    std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
    for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
        const std::string_view line = text.substr(0, end);
        const auto json = nlohmann::ordered_json::parse(line, nullptr, false);
        if (json.is_object()) f(line, json);
    }
}

}  // namespace

Log::Log(std::filesystem::path path, Dim step) : path_(std::move(path)) {
    if (!std::filesystem::exists(path_)) return;
    std::string kept;
    if (step > 0) {
        each_line(path_, [&](std::string_view line, const nlohmann::ordered_json& json) {
            const auto at = json.find("step");
            if (at != json.end() && at->is_number_integer() && at->get<Dim>() <= step) kept.append(line) += '\n';
        });
    }
    io::write_atomically(path_.string(), io::bytes_of(kept));
}

void Log::write(const Record& record) const {
    const std::string text = to_json(record) + "\n";
    std::FILE* file = std::fopen(path_.c_str(), "a");
    const bool written = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (!file || std::fclose(file) != 0 || !written) throw IoError(fmt::format("{}: cannot be written; is the disk full?", path_.string()));
}

std::vector<Record> read_log(const std::filesystem::path& path) {
    std::vector<Record> out;
    each_line(path, [&](std::string_view, const nlohmann::ordered_json& json) {
        Record& record = out.emplace_back();
        for (const auto& item : json.items()) {
            if (item.value().is_number_integer()) record.emplace_back(item.key(), item.value().get<std::int64_t>());
            else if (item.value().is_number()) record.emplace_back(item.key(), item.value().get<double>());
            else if (item.value().is_string()) record.emplace_back(item.key(), item.value().get<std::string>());
        }
    });
    return out;
}

}  // namespace heed::training
