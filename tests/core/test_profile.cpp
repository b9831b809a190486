// The profiler: what is counted, that no time is counted twice, and what it writes.
#include <chrono>
#include <thread>
#include <nlohmann/json.hpp>
#include <heed/core/observe/profile.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/product/peak.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Net {
    nn::Params params;
    nn::Linear first{params / "net" / "first", 4, 8}, last{params / "net" / "last", 8, 2};
    nn::SGD sgd{params};
    void step() {
        const Var x = filled({3, 4}, 1);
        Tape tape;
        tape.backward(cross_entropy(last(relu(first(x))), Ints({0, 1, 0})));
        sgd.step();
    }
};

const Profile::Row& row(const std::vector<Profile::Row>& rows, const std::string& name) {
    for (const Profile::Row& r : rows)
        if (r.name == name) return r;
    FAIL("no row " << name);
    return rows[0];
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("profile: calls and FLOPs of a model's steps, by op and by layer", "[profile]") {
    Net net;
    Profile profile;
    {
        const Profiling on(profile);
        net.step();
        net.step();
    }
    const std::vector<Profile::Row> ops = profile.by_op(), layers = profile.by_layer();
    for (const char* op : {"linear", "relu", "cross_entropy"}) {
        CAPTURE(op);
        const std::size_t calls = std::string(op) == "linear" ? 4 : 2;
        CHECK(row(ops, op).forward.calls == calls);
        CHECK(row(ops, op).backward.calls == calls);
    }
    CHECK(row(ops, "SGD::step").other.calls == 2);
    CHECK(row(ops, "linear").flops == 2 * (2 * (2 * 3 * 4 * 8) + 3 * (2 * 3 * 8 * 2)));  // x wants no gradient
    CHECK(row(ops, "relu").flops == 0);
    CHECK(row(ops, "relu").bytes == 2 * 4 * 3 * 8 * sizeof(Real));  // operand and result, dy and dx
    CHECK(row(layers, "net.first").forward.calls == 2);
    CHECK(row(layers, "net.first").flops + row(layers, "net.last").flops == row(ops, "linear").flops);
    CHECK(row(layers, "net").forward.calls == 4);
    CHECK(row(layers, "net").backward.calls == 4);
    CHECK(row(layers, "net").seconds() ==
          Approx(row(layers, "net.first").seconds() + row(layers, "net.last").seconds()));
}

TEST_CASE("profile: FLOPs of attention are those of the pairs it attends to", "[profile]") {
    const Var q(filled({2, 3, 40, 16}, 1));
    Profile profile;
    const auto flops = [&](const Mask& mask) {
        const std::size_t before = profile.calls().size();
        const Profiling on(profile);
        attention(q, q, q, {.mask = mask});
        std::uint64_t sum = 0;
        for (std::size_t i = before; i < profile.calls().size(); ++i) sum += profile.calls()[i].flops;
        return sum;
    };
    const std::uint64_t all = flops({});
    CHECK(all == 2 * 2 * 3 * 40 * 40 * (16 + 16));
    CHECK(flops(causal()) < all);
}

TEST_CASE("profile: the times of all calls follow each other and add up to no more than the time that passed",
          "[profile]") {
    Net net;
    Profile profile;
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) {
        const Profiling on(profile);
        net.step();
    }
    const double passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
    double sum = 0, by_op = 0;
    std::int64_t end = 0;
    for (const ProfiledCall& call : profile.calls()) {
        CHECK(call.start >= end);
        CHECK(call.time >= 0);
        end = call.start + call.time;
        sum += 1e-9 * static_cast<double>(call.time);
    }
    for (const Profile::Row& r : profile.by_op()) by_op += r.seconds();
    CHECK(sum > 0);
    CHECK(by_op == Approx(sum));
    CHECK(sum <= profile.seconds());
    CHECK(profile.seconds() <= passed);
}

TEST_CASE("profile: this thread alone, while a Profiling is alive; the innermost counts; the check mode stays on",
          "[profile]") {
    const Var x(filled({2}, 1));
    Profile outer, inner;
    {
        const Profiling on(outer);
        x + x;
        {
            const Profiling nested(inner);
            x* x;
            std::thread([&x] { x - x; }).join();
        }
        const CheckNumbers check;
        CHECK(text_of([&x] { x / (0 * x); }) == "divide: its result of shape (2) holds inf at (0)");
    }
    x / x;
    CHECK_FALSE(checking_numbers());
    const auto ops = [](const Profile& profile) {
        std::vector<std::string_view> names;
        for (const ProfiledCall& call : profile.calls())
            if (call.phase == ProfiledCall::forward) names.push_back(call.op);
        return names;
    };
    CHECK(ops(outer) == std::vector<std::string_view>{"add", "multiply"});
    CHECK(ops(inner) == std::vector<std::string_view>{"multiply"});
    CHECK(inner.seconds() > 0);
}

TEST_CASE("profile: a part is named, and what comes before it is not counted to it", "[profile]") {
    Profile profile;
    {
        const Profiling on(profile);
        const ProfiledPart part("batch");
    }
    REQUIRE(profile.calls().size() == 3);
    CHECK(profile.calls()[0].op == "(between ops)");
    CHECK(profile.calls()[1].op == "batch");
    CHECK(profile.calls()[1].phase == ProfiledCall::other);
}

TEST_CASE("profile: the trace is JSON in the Trace Event Format, layers around their ops", "[profile]") {
    Net net;
    Profile profile;
    {
        const Profiling on(profile);
        net.step();
    }
    const nlohmann::json trace = nlohmann::json::parse(profile.trace());
    CHECK(trace.at("displayTimeUnit") == "ns");
    std::size_t ops = 0, layers = 0;
    std::vector<std::pair<double, std::string>> open;  // ends
    for (const nlohmann::json& event : trace.at("traceEvents")) {
        CHECK(event.at("ph") == "X");
        CHECK((event.at("pid").is_number_integer() && event.at("tid").is_number_integer()));
        const double begin = event.at("ts"), end = begin + event.at("dur").get<double>();
        while (!open.empty() && open.back().first <= begin + 1e-4) open.pop_back();  // a tenth of a nanosecond
        CHECK((open.empty() || end <= open.back().first + 1e-4));
        const std::string category = event.at("cat");
        if (category == "layer") {
            ++layers;
            open.emplace_back(end, event.at("name").get<std::string>());
            continue;
        }
        CHECK((category == "forward" || category == "backward" || category == "other"));
        std::string path;
        for (const auto& [_, name] : open) path += (path.empty() ? "" : ".") + name;
        CHECK(event.at("args").at("layer") == path);
        ++ops;
    }
    CHECK(ops == profile.calls().size());
    CHECK(layers == 8);  // net and first, then (relu has none) net and last; and backwards
}

TEST_CASE("profile: the graph has the newest tape's ops, leaves and constants", "[profile]") {
    Net net;
    Profile profile;
    {
        const Profiling on(profile);
        net.step();
        net.step();
    }
    const std::string dot = profile.graph();
    CAPTURE(dot);
    CHECK(dot.starts_with("digraph tape {"));
    CHECK(dot.ends_with("}\n"));
    std::size_t first = 0;  // of the second step
    for (std::size_t i = 0; i < profile.calls().size(); ++i)
        if (profile.calls()[i].op == "linear" && profile.calls()[i].phase == ProfiledCall::forward) first = i;
    --first, --first;  // linear, relu, linear
    const auto op = [&](std::size_t i) { return "op" + std::to_string(first + i); };
    CHECK(has(dot, op(0) + " [label=\"linear\\nnet.first\\n(3, 8)\"];"));
    CHECK(has(dot, op(1) + " [label=\"relu\\n(3, 8)\"];"));
    CHECK(has(dot, op(3) + " [label=\"cross_entropy\\n()\"];"));
    CHECK(has(dot, "[label=\"net.first.weight\\n(4, 8)\", shape=box];"));
    CHECK(has(dot, "[label=\"constant\\n(3, 4)\", shape=plaintext];"));
    for (std::size_t i = 0; i < 3; ++i) CHECK(has(dot, op(i) + " -> " + op(i + 1) + ";"));
    CHECK(has(dot, "constant0 -> " + op(0)));
    CHECK_FALSE(has(dot, "op1 ["));  // the first step's
    CHECK_FALSE(has(dot, "dashed"));
}

TEST_CASE("profile: the table names every op and layer, and the share of a peak", "[profile]") {
    Net net;
    Profile profile;
    {
        const Profiling on(profile);
        net.step();
    }
    const std::string table = profile.table(measure_peak());
    for (const char* part :
         {"linear", "relu", "cross_entropy", "SGD::step", "(between ops)", "net.first", "(no layer)", "of peak"})
        CHECK(has(table, part));
    CHECK_FALSE(has(profile.table(), "of peak"));
    CHECK_FALSE(has(profile.table(0, 1), "net.first"));
    CHECK(measure_peak() > 1e8);
}
