#pragma once
// result.json: what a run reached and what it took, for scripts to read.
#include <filesystem>
#include <heed/core/real.hpp>
#include <heed/nn/training/settings/record.hpp>

namespace heed::training {

struct Result {
    std::string metric;  // "wer"
    double value = 0;    // of the metric, 0 to 1 for rates
    double seconds = 0;  // of training, over all resumed parts
    Dim parameters = 0;
    std::uint64_t seed = 0;
    Dim threads = 1;
    std::string version;  // heed's
    Record extra{};       // further fields, in this order
};

double peak_rss_mb();  // the most memory this process has held, in MB of 2^20 bytes

// The text of the file: one JSON object, the fields above and peak_rss_mb, then the further ones. Throws RangeError for
// a number that is not finite (JSON has none), for a field given twice and for text that is not UTF-8.
std::string result_json(const Result& result, double peak_mb);

// Writes it whole or not at all; throws IoError.
void write_result(const std::filesystem::path& path, const Result& result);

}  // namespace heed::training
