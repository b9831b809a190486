// heed-bench-ops: heed's side of the comparison op by op. It answers commands, one line of JSON each, as torch_side.py
// does on the same operands, so that compare_ops.py can time both in turns:
//   {"do": "prepare", "name": ROW, "size": "small", "kinds": false, "folder": FOLDER}   draws the operands and writes
//   them as NPY files
//   {"do": "results"}                                    writes the results, and the gradients of the first one, there
//   {"do": "time", "phase": "forward" | "backward" | "training", "seconds": S, "clock": "cpu" | "wall"}
#include <chrono>
#include <ctime>
#include <iostream>
#include <optional>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/bench/ops/row.hpp>
#include <heed/core/base/isa.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/io/npy.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/flags.hpp>

namespace {

using namespace heed;
using namespace heed::bench;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t seed = 1234;

std::vector<OpRow> joined(std::initializer_list<std::vector<OpRow>> families) {
    std::vector<OpRow> all;
    for (const auto& family : families) all.insert(all.end(), family.begin(), family.end());
    return all;
}
std::vector<OpRow> kinds() {
    return joined(
        {mask_rows(), convolution_rows(), recurrent_rows(), embedding_rows(), transformer_rows(), vocabulary_rows()});
}
std::vector<OpRow> ops() {
    return joined({elementwise_rows(), reduction_rows(), shape_rows(), index_rows(), network_rows(), loss_rows()});
}

std::vector<std::string> names_of(const std::vector<OpRow>& rows) {
    std::vector<std::string> names;
    for (const OpRow& row : rows) names.push_back(row.name);
    return names;
}

// Bijective on 24 bits, so that equal numbers come from equal ones alone.
std::uint32_t scrambled(std::uint32_t x) {
    for (const std::uint32_t factor : {0x9e3779u, 0x85ebcbu}) {
        x = (x * factor) & 0xffffff;
        x ^= x >> 11;
    }
    return x;
}

Ints draw_ids(const Operand& operand, std::size_t size, std::uint64_t step) {
    const Shape& shape = operand.shapes[size];
    const Key key{seed, step};
    if (operand.draw == Operand::Draw::ids) return randint(0, operand.many[size], shape, key);
    if (operand.draw == Operand::Draw::orders) return argsort(randn(shape, key));
    Ints offsets = Ints::from_shape(shape);
    for (Dim b = 0; b < count(offsets); ++b) offsets.data()[b] = begin_of_bag(b);
    return offsets;
}

Array draw(const Operand& operand, const Shape& shape, std::uint64_t step) {
    const Key key{seed, step};
    if (operand.draw == Operand::Draw::uniform) return uniform(shape, key, operand.low, operand.high).value();
    if (operand.draw == Operand::Draw::normal) return randn(shape, key).value();
    Array x = Array::from_shape(shape);
    for (Dim i = 0; i < count(x); ++i)
        x.data()[i] = static_cast<Real>(scrambled(static_cast<std::uint32_t>(i)) / 0x1p23 - 1);
    return x;
}

struct Clock {
    bool cpu;
    double operator()() const {  // in seconds
        if (!cpu) return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
        timespec now{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    }
};

// One row at one size.
class Prepared {
public:
    Prepared(const OpRow& row, std::size_t size, std::string folder) : row_(row), folder_(std::move(folder)) {
        for (std::size_t k = 0; k < row.operands.size(); ++k) add(row.operands[k], size, k);
        if (row.mask) given_.mask = row.mask(given_);
        if (row.trained) adam_.emplace(params_, nn::AdamOptions{.lazy = row.lazy});
        Tape tape;
        const Results y = row_.call(given_);
        differentiable_ = !y.values.empty() && y.values[0].wants_grad();
        if (differentiable_) dy_ = randn(y.values[0].shape(), {seed, 1000}).value();
        if (differentiable_) write("dy", dy_);
    }

    Json description() const {
        return {{"operands", operands_},
                {"n", given_.n},
                {"differentiable", differentiable_},
                {"trained", row_.trained},
                {"lazy", row_.lazy}};
    }

    Json results() const {
        const Results y = row_.call(given_);
        std::vector<std::string> names;
        for (std::size_t k = 0; k < y.values.size(); ++k)
            names.push_back(write(fmt::format("y{}", k), y.values[k].value()));
        for (std::size_t k = 0; k < y.ids.size(); ++k) names.push_back(write(fmt::format("i{}", k), y.ids[k]));
        if (differentiable_) {
            const std::vector<Array> gradients = forward_and_backward();
            for (std::size_t k = 0; k < gradients.size(); ++k) write(fmt::format("g{}", k), gradients[k]);
        }
        return {{"results", names}};
    }

    // Calls for about `seconds`, in blocks of which each is long enough to be timed: the median of the blocks.
    Json time(const std::string& phase, double seconds, Clock now) {
        const auto block = [&](Dim calls) {
            const double start = now();
            for (Dim i = 0; i < calls; ++i) {
                if (phase == "training") train();
                else if (phase == "backward") forward_and_backward();
                else row_.call(given_);
            }
            return (now() - start) / static_cast<double>(calls);
        };
        const double first = block(1);
        const auto calls = static_cast<Dim>(std::clamp(0.002 / std::max(first, 1e-7), 1.0, 10'000.0));
        std::vector<double> blocks;
        for (const double end = now() + seconds; blocks.empty() || now() < end;) blocks.push_back(block(calls));
        std::ranges::nth_element(blocks, blocks.begin() + static_cast<std::ptrdiff_t>(blocks.size() / 2));
        return {{"ms", blocks[blocks.size() / 2] * 1e3}, {"calls", calls * static_cast<Dim>(blocks.size())}};
    }

private:
    void add(const Operand& operand, std::size_t size, std::size_t k) {
        if (operand.draw == Operand::Draw::number) {
            given_.n = operand.many[size];
            return;
        }
        const std::string name = fmt::format("x{}", k);
        const bool ids = operand.draw == Operand::Draw::ids || operand.draw == Operand::Draw::orders ||
                         operand.draw == Operand::Draw::offsets;
        if (ids) {
            given_.ids.push_back(draw_ids(operand, size, k));
            write(name, given_.ids.back());
        } else {
            const Array x = draw(operand, operand.shapes[size], k);
            write(name, x);
            const auto drawn = [&x](Array& values, RandomStream) { values = x; };
            given_.values.push_back(operand.constant ? Var(x) : params_.make(name, x.shape(), drawn));
            if (!operand.constant) wanted_.push_back(given_.values.back());
        }
        operands_.push_back({{"file", name + ".npy"}, {"ids", ids}, {"constant", ids || operand.constant}});
    }

    template <class T>
    std::string write(const std::string& name, const ArrayOf<T>& x) const {
        constexpr io::Dtype dtype = std::is_same_v<T, Real> ? io::Dtype::F32 : io::Dtype::I64;
        io::write_npy(folder_ + "/" + name + ".npy", dtype, x.shape(), x.data());
        return name + ".npy";
    }

    std::vector<Array> forward_and_backward() const {
        Tape tape;
        const Results y = row_.call(given_);
        return gradient(y.values[0], Ins(wanted_), dy_);
    }

    void train() {
        {
            Tape tape;
            tape.backward(row_.call(given_).values[0]);
        }
        adam_.value().step();
    }

    const OpRow& row_;
    std::string folder_;
    nn::Params params_;
    std::optional<nn::Adam> adam_;  // of a row that is trained
    Given given_;
    std::vector<Var> wanted_;  // the operands whose gradients are asked for
    Array dy_;
    Json operands_ = Json::array();
    bool differentiable_ = false;
};

int answer_commands() {
    const std::vector<OpRow> ops_alone = ops(), whole_kinds = kinds();
    std::optional<Prepared> prepared;
    for (std::string line; std::getline(std::cin, line);) {
        const Json command = Json::parse(line);
        const std::string what = command["do"];
        Json answer;
        if (what == "prepare") {
            const std::vector<OpRow>& rows = command["kinds"] ? whole_kinds : ops_alone;
            const auto row = std::ranges::find(rows, command["name"].get<std::string>(), &OpRow::name);
            const auto size = std::ranges::find(size_names, command["size"].get<std::string>());
            if (row == rows.end() || size == size_names.end()) throw program::UsageError("no such row: " + line);
            prepared.emplace(*row, static_cast<std::size_t>(size - size_names.begin()), command["folder"]);
            answer = prepared->description();
        } else if (what == "results") {
            answer = prepared.value().results();
        } else if (what == "time") {
            answer = prepared.value().time(command["phase"], command["seconds"], {command["clock"] == "cpu"});
        } else {
            throw program::UsageError("no such command: " + line);
        }
        fmt::print("{}\n", answer.dump());
        std::fflush(stdout);
    }
    return program::exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
    return program::run_main(argc, argv, [](int count, char** arguments) {
        bool list = false;
        Dim threads = 1;
        CLI::App app("Times heed's ops on command; see bench/compare --ops.", "heed-bench-ops");
        training::Settings flags;
        flags.add("list", list, "the names of the rows, of ops and of kinds of work, and the instruction set");
        flags.add("threads", threads, "threads").within(1, 1024);
        program::add_flags(app, flags);
        program::parse(app, count, arguments);
        set_threads(static_cast<int>(threads));
        if (!list) return answer_commands();
        const Json listed{{"rows", names_of(ops())},
                          {"kinds", names_of(kinds())},
                          {"isa", kernel::name(kernel::isa())}};
        fmt::print("{}\n", listed.dump());
        return static_cast<int>(program::exit_ok);
    });
}
