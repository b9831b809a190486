#include <cmath>
#include <sys/resource.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/error.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/common/result.hpp>
#include <heed/examples/common/text.hpp>

namespace heed::examples {
namespace {
void add(nlohmann::ordered_json& json, const std::string& name, const ResultValue& value) {
    const auto check = [&](bool ok, const char* reason) {
        if (!ok) throw RangeError(fmt::format("write_result: field {}: {}", in_quotes(name), reason));
    };
    check(!json.contains(name), "is there already");
    check(is_utf8(name), "the name is not UTF-8");
    if (const double* number = std::get_if<double>(&value)) check(std::isfinite(*number), "not a finite number, which JSON cannot hold");
    if (const std::string* text = std::get_if<std::string>(&value)) check(is_utf8(*text), "the text is not UTF-8");
    std::visit([&](const auto& v) { json[name] = v; }, value);
}
}  // namespace

double peak_rss_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::string to_json(const Result& result, double peak_mb) {
    nlohmann::ordered_json json;
    add(json, "metric", result.metric);
    add(json, "value", result.value);
    add(json, "seconds", result.seconds);
    add(json, "parameters", result.parameters);
    add(json, "peak_rss_mb", std::round(peak_mb * 10) / 10);
    json["seed"] = result.seed;
    add(json, "threads", result.threads);
    add(json, "version", result.version);
    for (const auto& [name, value] : result.extra) add(json, name, value);
    return json.dump(2) + "\n";
}

void write_result(const std::filesystem::path& path, const Result& result) {
    io::write_atomically(path.string(), io::bytes_of(to_json(result, peak_rss_mb())));
}

}  // namespace heed::examples
