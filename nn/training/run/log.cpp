// log.jsonl.
#include <string_view>
#include <heed/core/io/append.hpp>
#include <heed/nn/training/run/log.hpp>

namespace heed::training {
namespace {

constexpr std::uint64_t largest = std::uint64_t{1} << 30;

// Calls f(line, record) for each whole line of the file that is a JSON object.
template <class F>
void each_line(const std::filesystem::path& path, F f) {
    const std::string content = io::read_text(path.string(), largest);
    std::string_view text = content;
    for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
        const std::string_view line = text.substr(0, end);
        if (const std::optional<Record> record = from_json(line)) f(line, *record);
    }
}

}  // namespace

Log::Log(std::filesystem::path path, Dim step) : path_(std::move(path)) {
    if (!std::filesystem::exists(path_)) return;
    std::string kept;
    if (step > 0) {
        each_line(path_, [&](std::string_view line, const Record& record) {
            const Value* value = find(record, "step");
            const Dim* at = value ? std::get_if<Dim>(value) : nullptr;
            if (at && *at <= step) kept.append(line) += '\n';
        });
    }
    io::write_atomically(path_.string(), io::bytes_of(kept));
}

void Log::write(const Record& record) const {
    io::AppendFile file(path_.string(), io::AppendFile::Use::append);
    file.write(io::bytes_of(to_json(record) + "\n"));
    file.close();
}

std::vector<Record> read_log(const std::filesystem::path& path) {
    std::vector<Record> out;
    each_line(path, [&](std::string_view, const Record& record) { out.push_back(record); });
    return out;
}

}  // namespace heed::training
