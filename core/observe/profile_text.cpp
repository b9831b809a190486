// A profile as text: tables, the timeline, the graph.
#include <algorithm>
#include <map>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/observe/profiler.hpp>

namespace heed {
namespace {

using Row = Profile::Row;

std::size_t calls_of(const Row& row) { return row.forward.calls + row.backward.calls + row.other.calls; }

std::string line(const Row& row, double total, double peak, std::size_t width) {
    const double s = row.seconds();
    std::string text = fmt::format("{:<{}}  {:>7}  {:>10.3f}  {:>6.1f}%  {:>10.3f}  {:>10.3f}  {:>9.1f}", row.name,
                                   width, calls_of(row), s * 1e3, total > 0 ? s / total * 100 : 0,
                                   row.forward.seconds * 1e3, row.backward.seconds * 1e3, row.bytes / 1e6);
    if (row.flops > 0) text += fmt::format("  {:>9.3f}  {:>8.1f}", row.flops / 1e9, row.flops / s / 1e9);
    if (row.flops > 0 && peak > 0) text += fmt::format("  {:>6.1f}%", row.flops / s / peak * 100);
    return text + '\n';
}

std::string table_of(const char* title, const std::vector<Row>& rows, double total, double peak) {
    std::size_t width = 8;
    for (const Row& row : rows) width = std::max(width, row.name.size());
    std::string text =
        fmt::format("{:<{}}  {:>7}  {:>10}  {:>7}  {:>10}  {:>10}  {:>9}  {:>9}  {:>8}{}\n", title, width, "calls",
                    "ms", "share", "forward ms", "backwd. ms", "MB", "GFLOP", "GFLOP/s", peak > 0 ? "  of peak" : "");
    for (const Row& row : rows) text += line(row, total, peak, width);
    return text;
}

nlohmann::json event(std::string_view name, const char* category, std::int64_t start, std::int64_t time) {
    constexpr double microseconds = 1e-3;  // of nanoseconds
    return {{"name", name},
            {"cat", category},
            {"ph", "X"},
            {"pid", 1},
            {"tid", 1},
            {"ts", static_cast<double>(start) * microseconds},
            {"dur", static_cast<double>(time) * microseconds}};
}

// The layers that are open at a call. The event of a layer spans those of its parts, and comes before them.
class OpenLayers {
public:
    explicit OpenLayers(nlohmann::json& events) : events_(events) {}

    // Closes those that `layer` is no part of, and opens the rest of its path.
    void enter(std::string_view layer, std::int64_t start) {
        std::size_t kept = 0, begin = 0;
        const auto next = [&] { return layer.substr(begin, std::min(layer.find('.', begin), layer.size()) - begin); };
        while (kept < open_.size() && begin < layer.size() && open_[kept].name == next())
            begin += open_[kept++].name.size() + 1;
        close(kept);
        for (; begin < layer.size(); begin += open_.back().name.size() + 1) {
            open_.push_back({std::string(next()), start, events_.size()});
            events_.push_back(nullptr);
        }
    }
    void pass(std::int64_t end) { end_ = end; }
    void close(std::size_t kept = 0) {
        for (; open_.size() > kept; open_.pop_back()) {
            const Open& top = open_.back();
            events_[top.index] = event(top.name, "layer", top.start, end_ - top.start);
        }
    }

private:
    struct Open {
        std::string name;
        std::int64_t start;
        std::size_t index;
    };
    nlohmann::json& events_;
    std::vector<Open> open_;
    std::int64_t end_ = 0;  // of the last call
};

std::string dot_string(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        if (c == '"' || c == '\\') safe += '\\';
        safe += c;
    }
    return '"' + safe + '"';
}
std::string label(std::string_view name, std::string_view layer, const Shape& shape) {
    std::string text = dot_string(fmt::format("{}\n{}{}{}", name, layer, layer.empty() ? "" : "\n", to_string(shape)));
    for (std::size_t at; (at = text.find('\n')) != std::string::npos;) text.replace(at, 1, "\\n");
    return text;
}

}  // namespace

std::string Profile::table(double peak, int depth) const {
    std::vector<Row> layers = by_layer();
    std::erase_if(layers,
                  [depth](const Row& row) { return std::count(row.name.begin(), row.name.end(), '.') >= depth; });
    double total = 0;
    for (const ProfiledCall& call : calls()) total += 1e-9 * static_cast<double>(call.time);
    return table_of("op", by_op(), total, peak) + '\n' + table_of("layer", layers, total, peak);
}

std::string Profile::trace() const {
    nlohmann::json events = nlohmann::json::array();
    OpenLayers layers(events);
    ProfiledCall::Phase phase = ProfiledCall::other;
    for (const ProfiledCall& call : calls()) {
        if (call.phase != phase) layers.close();
        phase = call.phase;
        layers.enter(call.layer, call.start);
        layers.pass(call.start + call.time);
        constexpr const char* categories[] = {"forward", "backward", "other"};
        nlohmann::json made = event(call.op, categories[phase], call.start, call.time);
        made["args"] = {{"layer", call.layer},
                        {"shape", to_string(call.shape)},
                        {"flops", call.flops},
                        {"bytes", call.bytes}};
        events.push_back(std::move(made));
    }
    layers.close();
    const nlohmann::json all{{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}};
    return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Profile::graph() const {
    std::string text = "digraph tape {\n  node [shape=ellipse, fontname=Helvetica];\n";
    for (std::size_t i = profiler_->first_of_graph; i < calls().size(); ++i) {
        const ProfiledCall& call = calls()[i];
        if (call.phase == ProfiledCall::forward)
            text += fmt::format("  op{} [label={}{}];\n", i, label(call.op, call.layer, call.shape),
                                profiler_->unrecorded.contains(i) ? ", style=dashed" : "");
    }
    std::map<const void*, std::size_t> leaves;
    std::size_t constants = 0;
    for (const detail::Profiler::Arrow& arrow : profiler_->arrows) {
        std::string from = fmt::format("op{}", arrow.from);
        if (arrow.leaf) {
            const auto [at, fresh] = leaves.emplace(arrow.node, leaves.size());
            from = fmt::format("leaf{}", at->second);
            if (fresh) text += fmt::format("  {} [label={}, shape=box];\n", from, label(arrow.name, "", arrow.shape));
        } else if (arrow.from == detail::Profiler::Arrow::none) {  // each apart: its address may be reused
            from = fmt::format("constant{}", constants++);
            text += fmt::format("  {} [label={}, shape=plaintext];\n", from, label("constant", "", arrow.shape));
        }
        text += fmt::format("  {} -> op{};\n", from, arrow.to);
    }
    return text + "}\n";
}

}  // namespace heed
