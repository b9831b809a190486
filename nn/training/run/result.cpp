// result.json.
#include <cmath>
#include <fmt/format.h>
#include <sys/resource.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/run/result.hpp>

namespace heed::training {

double peak_rss_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::string result_json(const Result& result, double peak_mb) {
    Record record{{"metric", result.metric},
                  {"value", result.value},
                  {"seconds", result.seconds},
                  {"parameters", std::int64_t{result.parameters}},
                  {"peak_rss_mb", std::round(peak_mb * 10) / 10},
                  {"seed", result.seed},
                  {"threads", std::int64_t{result.threads}},
                  {"version", result.version}};
    record.insert(record.end(), result.extra.begin(), result.extra.end());
    for (const auto& [name, value] : record) {
        if (const double* number = std::get_if<double>(&value); number && !std::isfinite(*number))
            throw RangeError(fmt::format("write_result: field {}: not a finite number, which JSON cannot hold",
                                         utf8::in_quotes(name)));
    }
    return to_json(record, 2) + "\n";
}

void write_result(const std::filesystem::path& path, const Result& result) {
    io::write_atomically(path.string(), io::bytes_of(result_json(result, peak_rss_mb())));
}

}  // namespace heed::training
