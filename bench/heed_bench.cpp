// heed-bench: times the workloads of the yardstick and prints one JSON line each, with the fields of bench_torch.py;
// or compares the losses of its trainings with PyTorch's; or profiles a workload.
#include <cstdio>
#include <fstream>
#include <variant>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/bench/measure.hpp>
#include <heed/bench/training.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/observe/profile.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/flags.hpp>
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/product/peak.hpp>

namespace {

using namespace heed::bench;
using namespace heed::program;

// Workloads, or trainings, each of which makes two.
struct Family {
    std::string name;
    std::variant<std::vector<Workload> (*)(), std::vector<Training> (*)()> make;
};
// clang-format off
const std::vector<Family> families{
    {"tiny_op", tiny_op}, {"mlp_small", mlp_small}, {"g2p_bahdanau", g2p_bahdanau}, {"gemm", gemm_sizes},
    {"additive_attn", additive_attn}, {"sdpa", sdpa}, {"one_head", one_head}, {"flex", flex}, {"mha_layer", mha_layer},
    {"transformer_tiny", transformer_tiny}, {"vit_small", vit_small}, {"audio_small", audio_small},
    {"gpt_char", gpt_char}, {"gpt_char_big", gpt_char_big}, {"kv_decode", kv_decode}};
// clang-format on

struct Options {
    std::string only, match, phase, json, weights, profile;
    heed::Dim threads = 1;
    Timing timing;
    bool list = false, check = false, bfloat16 = false;
    bool chooses(const std::string& name) const {
        return (only.empty() || name == only || name.starts_with(only + "/")) && name.find(match) != std::string::npos;
    }
};

// Prints the comparison and returns whether the losses agree: those of a deterministic training do, to rounding.
bool losses_agree(const Training& training, const Options& o) {
    constexpr double most = 1e-4;
    const Losses losses = losses_from(training, o.weights);
    const double difference = losses.largest_difference();
    const bool agree = difference <= most;
    nlohmann::ordered_json line{
        {"name", training.name},    {"check", "losses"}, {"heed", losses.heed}, {"pytorch", losses.pytorch},
        {"difference", difference}, {"allowed", most},   {"agree", agree}};
    fmt::print("{}\n", line.dump());
    return agree;
}

// Prints tables on standard output, and writes the trace and the graph as files.
void write_profile(const Workload& w, const std::string& path) {
    const Work work = w.prepare();
    for (int i = 0; i < 3; ++i) work.run();
    heed::Profile profile;
    {
        const heed::Profiling on(profile);
        for (int i = 0; i < 3; ++i) work.run();
    }
    const double peak = heed::measure_peak();
    fmt::print("{} {}, {} thread(s), peak {:.1f} GFLOP/s, three repetitions:\n{}", w.name, w.phase, heed::threads(),
               peak / 1e9, profile.table(peak));
    for (const auto& [name, text] : {std::pair(path, profile.trace()), std::pair(path + ".dot", profile.graph())}) {
        std::ofstream file(name);
        if (!(file << text << std::flush)) throw heed::IoError(name + ": cannot be written");
    }
}

std::vector<Workload> workloads_of(const Family& family, const Options& o) {
    if (const auto* workloads = std::get_if<0>(&family.make)) return (*workloads)();
    std::vector<Workload> all;
    for (const Training& training : std::get<1>(family.make)())
        for (Workload& w : phases(training, o.weights)) all.push_back(std::move(w));
    return all;
}

int compare_losses(const Options& o) {
    for (const Family& family : families) {
        const auto* trainings = std::get_if<1>(&family.make);
        if (!trainings) continue;
        for (const Training& training : (*trainings)())
            if (training.name == o.only) return losses_agree(training, o) ? exit_ok : exit_failed;
    }
    throw UsageError(fmt::format("--check needs --only with the whole name of a training; '{}' is none", o.only));
}

int measure_all(const Options& o) {
    heed::set_threads(static_cast<int>(o.threads));
    const double start_mb = resident_mb();
    std::FILE* file = o.json.empty() ? nullptr : std::fopen(o.json.c_str(), "a");
    if (!o.json.empty() && !file) throw heed::IoError(o.json + ": cannot be written");
    bool any = false;
    for (const Family& family : families) {
        if (!o.only.empty() && o.only != family.name && !o.only.starts_with(family.name + "/")) continue;
        for (const Workload& w : workloads_of(family, o)) {
            if (!o.chooses(w.name) || (!o.phase.empty() && o.phase != w.phase)) continue;
            any = true;
            if (o.list) {
                fmt::print("{} {}\n", w.name, w.phase);
                continue;
            }
            if (!o.profile.empty()) {
                write_profile(w, o.profile);
                continue;
            }
            const std::string line = measure(w, o.timing, start_mb) + "\n";
            fmt::print("{}", line);
            std::fflush(stdout);
            if (file) std::fputs(line.c_str(), file);
        }
    }
    if (file && std::fclose(file) != 0) throw heed::IoError(o.json + ": cannot be written");
    if (!any) throw UsageError("no workload of that name; see --list");
    return exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
    return run_main(argc, argv, [](int count, char** arguments) {
        Options o;
        CLI::App app("Times heed's workloads; one JSON line each on standard output.", "heed-bench");
        std::string names;
        for (const Family& family : families) names += (names.empty() ? "" : ", ") + family.name;
        heed::training::Settings flags;
        flags.add("list", o.list, "names of the workloads");
        flags.add("only", o.only, "one workload: " + names);
        flags.add("match", o.match, "only names that contain this");
        flags.add("phase", o.phase, "train or infer").one_of({"train", "infer"});
        flags.add("threads", o.threads, "threads").within(1, 1024);
        flags.add("budget", o.timing.budget, "seconds of repetitions for each").within(0);
        flags.add("min_reps", o.timing.min_reps, "repetitions at least").within(1);
        flags.add("json", o.json, "append the lines to this file, too");
        flags.add("profile", o.profile,
                  "instead of timing, profile three repetitions: tables; the timeline as FILE, the graph as FILE.dot");
        flags.add("weights", o.weights,
                  "start from the weights and the batch of this file, by bench/export_weights.py");
        flags.add("check", o.check,
                  "instead of timing, compare the losses of five steps with that file's; exit code 1 if they differ");
        flags.add("bfloat16", o.bfloat16,
                  "with Bfloat16Products: other work than PyTorch's, unless that is set to do the same");
        heed::program::add_flags(app, flags);
        app.get_option("--weights")->needs("--only");
        app.get_option("--check")->needs("--weights");
        heed::program::parse(app, count, arguments);
        const heed::Bfloat16Products products(o.bfloat16);
        return o.check ? compare_losses(o) : measure_all(o);
    });
}
