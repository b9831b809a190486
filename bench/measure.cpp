// Times one workload and reads its memory from /proc; the result is a line of JSON.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <heed/bench/measure.hpp>
#include <heed/core/base/isa.hpp>
#include <heed/core/base/parallel.hpp>

namespace heed::bench {
namespace {

using Clock = std::chrono::steady_clock;

double memory_mb(const std::string& field) {  // "VmHWM" or "VmRSS" of this process
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
    return 0;
}
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

double rounded(double x, double digits) { return std::round(x * digits) / digits; }
double cpu_ms() { return static_cast<double>(std::clock()) * 1e3 / CLOCKS_PER_SEC; }
double wall_ms(Clock::time_point since) {
    return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

}  // namespace

double resident_mb() { return memory_mb("VmRSS"); }

std::string measure(const Workload& w, const Timing& o, double start_mb) {
    const Work work = w.prepare();
    const auto first_start = Clock::now();
    work.run();
    const double first = wall_ms(first_start);
    for (int i = 0; i < 3; ++i) work.run();
    reset_peak();
    std::vector<double> wall, cpu, read, of_read;
    const auto start = Clock::now();
    while (static_cast<Dim>(wall.size()) < o.min_reps || (wall_ms(start) < o.budget * 1e3 && wall.size() < 5000)) {
        const double c = cpu_ms();
        const auto t = Clock::now();
        work.run();
        wall.push_back(wall_ms(t));
        cpu.push_back(cpu_ms() - c);
        if (!work.read) continue;
        const auto before = Clock::now();
        work.read();
        read.push_back(wall_ms(before));
        of_read.push_back(read.back() / wall.back());
    }
    for (std::vector<double>* times : {&wall, &read, &of_read}) std::sort(times->begin(), times->end());
    nlohmann::ordered_json line{{"mode", "heed"},
                                {"threads", threads()},
                                {"alloc", "pool"},
                                {"isa", kernel::name(kernel::isa())},
                                {"name", w.name},
                                {"phase", w.phase},
                                {"ms_median", rounded(wall[wall.size() / 2], 1e4)},
                                {"ms_min", rounded(wall[0], 1e4)},
                                {"cpu_ms_min", rounded(*std::min_element(cpu.begin(), cpu.end()), 1e4)},
                                {"reps", wall.size()},
                                {"first_call_s", rounded(first / 1e3, 1e4)},
                                {"peak_rss_mb", std::round(memory_mb("VmHWM"))},
                                {"rss_after_import_mb", std::round(start_mb)},
                                {"notes", w.notes}};
    if (w.ops > 0) line["ns_per_op_min"] = rounded(wall[0] / w.ops * 1e6, 10);
    if (work.read)
        line["read_ms_median"] = rounded(read[read.size() / 2], 1e4),
        line["share_of_read"] = rounded(of_read[of_read.size() / 2], 1e3);
    if (w.flops > 0) line["gflop"] = w.flops / 1e9, line["gflops_per_s"] = rounded(w.flops / wall[0] / 1e6, 10);
    return line.dump();
}

}  // namespace heed::bench
