// heed-bench: times the workloads of the yardstick and prints one JSON line each, with the fields of bench_torch.py.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/bench/workload.hpp>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/isa.hpp>

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
double wall_ms(Clock::time_point since) { return std::chrono::duration<double, std::milli>(Clock::now() - since).count(); }

const std::vector<std::pair<std::string, std::vector<heed::bench::Workload> (*)()>> makers{
    {"tiny_op", heed::bench::tiny_op}, {"mlp_small", heed::bench::mlp_small}, {"g2p_bahdanau", heed::bench::g2p_bahdanau},
    {"gemm", heed::bench::gemm_sizes}, {"additive_attn", heed::bench::additive_attn}, {"sdpa", heed::bench::sdpa}, {"flex", heed::bench::flex},
    {"mha_layer", heed::bench::mha_layer}, {"kv_decode", heed::bench::kv_decode}};

struct Options {
    std::string only, match, phase, json;
    int threads = 1;
    double budget = 3;  // seconds of repetitions
    int min_reps = 20;
    bool list = false;
};

nlohmann::ordered_json measure(const heed::bench::Workload& w, const Options& o, double start_mb) {
    const heed::bench::Work work = w.prepare();
    const auto first_start = Clock::now();
    work.run();
    const double first = wall_ms(first_start);
    for (int i = 0; i < 3; ++i) work.run();
    reset_peak();
    std::vector<double> wall, cpu, read, of_read;
    const auto start = Clock::now();
    while (static_cast<int>(wall.size()) < o.min_reps || (wall_ms(start) < o.budget * 1e3 && wall.size() < 5000)) {
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
                                {"threads", o.threads},
                                {"alloc", "pool"},
                                {"isa", heed::kernel::name(heed::kernel::isa())},
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
    if (work.read) line["read_ms_median"] = rounded(read[read.size() / 2], 1e4), line["share_of_read"] = rounded(of_read[of_read.size() / 2], 1e3);
    if (w.flops > 0) line["gflop"] = w.flops / 1e9, line["gflops_per_s"] = rounded(w.flops / wall[0] / 1e6, 10);
    return line;
}

}  // namespace

int main(int argc, char** argv) try {
    Options o;
    CLI::App app("Times heed's workloads; one JSON line each on standard output.", "heed-bench");
    app.add_flag("--list", o.list, "names of the workloads");
    std::string names;
    for (const auto& [name, make] : makers) names += (names.empty() ? "" : ", ") + name;
    app.add_option("--only", o.only, "one workload: " + names);
    app.add_option("--match", o.match, "only names that contain this");
    app.add_option("--phase", o.phase, "train or infer")->check(CLI::IsMember({"train", "infer"}));
    app.add_option("--threads", o.threads, "threads")->check(CLI::Range(1, 1024))->capture_default_str();
    app.add_option("--budget", o.budget, "seconds of repetitions for each")->capture_default_str();
    app.add_option("--min-reps", o.min_reps, "repetitions at least")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--json", o.json, "append the lines to this file, too");
    CLI11_PARSE(app, argc, argv);
    heed::set_threads(o.threads);
    const double start_mb = memory_mb("VmRSS");
    std::vector<heed::bench::Workload> all;
    for (const auto& [name, make] : makers)
        if (o.only.empty() || o.only == name || o.only.starts_with(name + "/"))
            for (heed::bench::Workload& w : make()) all.push_back(std::move(w));
    std::FILE* file = o.json.empty() ? nullptr : std::fopen(o.json.c_str(), "a");
    if (!o.json.empty() && !file) throw std::runtime_error(o.json + ": cannot be written");
    bool any = false;
    for (const heed::bench::Workload& w : all) {
        const bool chosen = (o.only.empty() || w.name == o.only || w.name.starts_with(o.only + "/")) && w.name.find(o.match) != std::string::npos &&
                            (o.phase.empty() || w.phase == o.phase);
        if (!chosen) continue;
        any = true;
        if (o.list) {
            fmt::print("{} {}\n", w.name, w.phase);
            continue;
        }
        const std::string line = measure(w, o, start_mb).dump() + "\n";
        fmt::print("{}", line);
        std::fflush(stdout);
        if (file) std::fputs(line.c_str(), file);
    }
    if (file && std::fclose(file) != 0) throw std::runtime_error(o.json + ": cannot be written");
    if (!any) throw std::runtime_error("no workload of that name; see --list");
    return 0;
} catch (const std::exception& e) {
    fmt::print(stderr, "heed-bench: {}\n", e.what());
    return 2;
}
