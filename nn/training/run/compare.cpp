// Two runs side by side.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/run/compare.hpp>
#include <heed/nn/training/run/folder.hpp>
#include <heed/nn/training/run/log.hpp>

namespace heed::training {
namespace {

constexpr std::size_t most_rows = 20;
constexpr std::uint64_t largest = std::uint64_t{1} << 24;

// What a run left in its folder; empty for what it has not written yet.
struct Run {
    Record config, result;
    std::vector<Record> log;
};

Record read_record(const std::filesystem::path& path) {
    std::optional<Record> record = from_json(io::read_text(path.string(), largest));
    if (!record)
        throw FileError(fmt::format("{}: is no JSON object; was it written by another program?", path.string()));
    return *record;
}

Run read_run(const std::filesystem::path& folder) {
    Run run{read_record(RunFolder::config_of(folder)), {}, {}};
    if (std::filesystem::exists(folder / "result.json")) run.result = read_record(folder / "result.json");
    if (std::filesystem::exists(folder / "log.jsonl")) run.log = read_log(folder / "log.jsonl");
    return run;
}

std::string text_of(const Value* value) {
    if (!value) return "-";
    if (const double* number = std::get_if<double>(value)) return fmt::format("{:.6g}", *number);
    if (const std::string* text = std::get_if<std::string>(value)) return utf8::printable(*text);
    return std::visit([](const auto& v) { return fmt::format("{}", v); }, *value);
}

using Pair = std::array<const Record*, 2>;
using Row = std::vector<std::string>;

// One row for each field of either record, where both differ or all are wanted.
void add_rows(std::vector<Row>& rows, const Pair& records, bool all) {
    std::set<std::string> seen;
    for (const Record* record : records) {
        for (const auto& [name, value] : *record) {
            if (!seen.insert(name).second) continue;
            const Value *a = find(*records[0], name), *b = find(*records[1], name);
            if (all || !a || !b || *a != *b) rows.push_back({"  " + name, text_of(a), text_of(b)});
        }
    }
}

// The log by steps: of the lines of training the loss alone, of those of an evaluation the metrics, too.
struct Curves {
    std::map<std::int64_t, double> loss;
    std::map<std::int64_t, Record> metrics;

    explicit Curves(const std::vector<Record>& log) {
        static const std::set<std::string, std::less<>> of_training = {"step", "seconds", "loss",   "lr",
                                                                       "norm", "rate",    "skipped"};
        for (const Record& line : log) {
            const Value *at = find(line, "step"), *value = find(line, "loss");
            const std::int64_t* step = at ? std::get_if<std::int64_t>(at) : nullptr;
            if (!step) continue;
            if (value && std::holds_alternative<double>(*value)) loss[*step] = std::get<double>(*value);
            for (const auto& field : line)
                if (!of_training.contains(field.first)) metrics[*step].push_back(field);
        }
    }
    std::string mean_loss(std::int64_t after, std::int64_t to) const {
        double sum = 0, n = 0;
        for (auto at = loss.upper_bound(after); at != loss.end() && at->first <= to; ++at) sum += at->second, ++n;
        return n > 0 ? fmt::format("{:.4f}", sum / n) : "-";
    }
};

template <class T>
std::vector<std::int64_t> common_steps(const std::map<std::int64_t, T>& a, const std::map<std::int64_t, T>& b) {
    std::vector<std::int64_t> steps;
    for (const auto& [step, value] : a)
        if (b.contains(step)) steps.push_back(step);
    if (steps.size() <= most_rows) return steps;
    std::vector<std::int64_t> some;  // evenly, the last one among them
    for (std::size_t i = 1; i <= most_rows; ++i) some.push_back(steps[i * steps.size() / most_rows - 1]);
    return some;
}

void add_curves(std::vector<Row>& rows, const std::array<Curves, 2>& curves) {
    std::vector<std::int64_t> steps = common_steps(curves[0].metrics, curves[1].metrics);
    if (steps.empty()) steps = common_steps(curves[0].loss, curves[1].loss);
    if (steps.empty()) {
        rows.push_back({"the logs have no step in common"});
        return;
    }
    std::vector<std::string> names;
    for (const auto& [step, record] : curves[0].metrics)
        for (const auto& [name, value] : record)
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    Row head{"curves at step", "loss", "loss"};
    for (const std::string& name : names) head.insert(head.end(), 2, name);
    rows.push_back(head);
    std::int64_t before = 0;
    for (const std::int64_t step : steps) {
        Row row{fmt::format("  {}", step)};
        for (const Curves& c : curves) row.push_back(c.mean_loss(before, step));
        for (const std::string& name : names)
            for (const Curves& c : curves) {
                const auto at = c.metrics.find(step);
                row.push_back(text_of(at == c.metrics.end() ? nullptr : find(at->second, name)));
            }
        rows.push_back(row);
        before = step;
    }
}

}  // namespace

std::string compare_runs(const std::filesystem::path& a, const std::filesystem::path& b) {
    const Run runs[] = {read_run(a), read_run(b)};
    std::vector<Row> rows{{"", a.string(), b.string()}, {"settings that differ"}};
    add_rows(rows, {&runs[0].config, &runs[1].config}, false);
    if (rows.size() == 2) rows.push_back({"  none"});
    rows.push_back({"results"});
    add_rows(rows, {&runs[0].result, &runs[1].result}, true);
    add_curves(rows, {Curves(runs[0].log), Curves(runs[1].log)});
    std::vector<std::size_t> widths;
    for (const Row& row : rows)
        for (std::size_t i = 0; row.size() > 1 && i < row.size(); ++i) {
            if (widths.size() <= i) widths.push_back(0);
            widths[i] = std::max(widths[i], row[i].size());
        }
    std::string text;
    for (const Row& row : rows) {
        std::string line = row.size() > 1 ? fmt::format("{:<{}}", row[0], widths[0]) : row[0];
        for (std::size_t i = 1; i < row.size(); ++i) line += fmt::format("  {:>{}}", row[i], widths[i]);
        text += line + "\n";
    }
    return text;
}

}  // namespace heed::training
