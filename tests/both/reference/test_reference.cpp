// Every op and layer beside PyTorch: values, and gradients of a random projection. In float, and again in double.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <fmt/format.h>
#include <heed/core/base/isa.hpp>
#include <heed/core/base/random.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/tests/both/reference/reference.hpp>
#include <heed/tests/catch.hpp>

namespace heed::reference {

Given::Given(const io::SafetensorsReader& file, const std::string& name) {
    for (std::size_t k = 0;; ++k) {
        const io::TensorInfo* x = file.find(fmt::format("{}/in{}", name, k));
        if (!x) return;
        const auto size = static_cast<std::size_t>(x->shape.count());
        values_.emplace_back();
        ints_.push_back(Ints::from_shape({0}));
        if (x->dtype == io::Dtype::I64) {
            ints_.back() = Ints::from_shape(x->shape);
            file.read_as(*x, std::span<std::int64_t>(ints_.back().data(), size));
        } else {
            Array values = Array::from_shape(x->shape);
            file.read_as(*x, std::span<Real>(values.data(), size));
            values_.back() =
                file.find(fmt::format("{}/grad{}", name, k)) ? Var::leaf(std::move(values)) : Var(std::move(values));
        }
    }
}

Var Outputs::of(const Ints& x) {
    Array y = Array::from_shape(x.shape());
    std::copy(x.storage().cbegin(), x.storage().cend(), y.data());
    return Var(std::move(y));
}

Table::Table(const char* its_file, std::vector<Cases> its_cases) : file(its_file), list(std::move(its_cases)) {
    all().push_back(this);
}

std::vector<const Table*>& Table::all() {
    static std::vector<const Table*> tables;
    return tables;
}

namespace {

const std::filesystem::path folder = std::filesystem::path(HEED_SOURCE_DIR) / "tests" / "reference";

// Relative to the largest value of an array. In float, sse2 rounds each product of a sum; the other sets use fused
// multiply-adds.
double tolerance() { return sizeof(Real) == 8 ? 1e-9 : kernel::isa() == kernel::Isa::sse2 ? 3e-5 : 1e-5; }

std::vector<double> elements(const io::SafetensorsReader& file, const io::TensorInfo& info) {
    std::vector<double> x(static_cast<std::size_t>(info.shape.count()));
    file.read_as(info, std::span<double>(x));
    return x;
}

double largest(const std::vector<double>& x) {
    double most = 0;
    for (const double value : x)
        if (std::isfinite(value)) most = std::max(most, std::abs(value));
    return most;
}

// If $HEED_OUTPUTS is set, writes a line for each compared tensor to that file: its name and a hash of its bits.
// For tools/fingerprint.
void record(const std::string& name, const Array& x) {
    static const char* const path = std::getenv("HEED_OUTPUTS");
    if (!path) return;
    const auto bytes = std::as_bytes(std::span(x.storage().data(), static_cast<std::size_t>(count(x))));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::ofstream(path, std::ios::app) << fmt::format("{} {} {:016x}\n", HEED_TAG, name, hash_text(text));
}

// What differs from the tensor of the file, in words; empty if nothing does. NaN and infinities must be at the same
// positions. Where all expected values are zero, the tolerance is relative to `rest`: terms that should cancel leave
// rounding errors.
std::string difference(const io::SafetensorsReader& file, const std::string& name, const Array& x, double rest = 0) {
    record(name, x);
    const io::TensorInfo* info = file.find(name);
    if (!info) return fmt::format("{}: not in the file\n", name);
    if (x.shape() != info->shape)
        return fmt::format("{}: shape {}; expected {}\n", name, to_string(Shape(x.shape())), to_string(info->shape));
    const std::vector<double> expected = elements(file, *info);
    const double size = largest(expected), bound = tolerance() * (size > 0 ? size : rest);
    std::string text;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double is = x.storage()[i], e = expected[i];
        if (is == e || (std::isnan(is) && std::isnan(e)) || std::abs(is - e) <= bound) continue;
        text += fmt::format("{}: {} at {}; expected {}\n", name, is, i, e);
    }
    return text;
}

std::string compare_outputs(const io::SafetensorsReader& file, const std::string& name,
                            const std::vector<Var>& outputs) {
    std::string text;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        text += difference(file, fmt::format("{}/out{}", name, k), outputs[k].value());
        if (outputs[k].wants_grad() && !file.find(fmt::format("{}/dout{}", name, k)))
            text += fmt::format("{}: output {} has a gradient; PyTorch's has none\n", name, k);
    }
    if (file.find(fmt::format("{}/out{}", name, outputs.size())))
        text += fmt::format("{}: {} outputs; PyTorch has more\n", name, outputs.size());
    return text;
}

std::string compare_gradients(const io::SafetensorsReader& file, const std::string& name, const Given& in) {
    double most = 0;
    for (std::size_t k = 0; k < in.size(); ++k)
        if (const io::TensorInfo* grad = file.find(fmt::format("{}/grad{}", name, k)))
            most = std::max(most, largest(elements(file, *grad)));
    std::string text;
    for (std::size_t k = 0; k < in.size(); ++k) {
        if (!in[k].defined() || !in[k].is_leaf()) continue;
        text += difference(file, fmt::format("{}/grad{}", name, k),
                           in[k].has_grad() ? in[k].grad() : filled(in[k].shape(), 0), most);
    }
    return text;
}

// All that differs from PyTorch.
std::string faults(const std::string& name, Outputs (*call)(const Given& in), const io::SafetensorsReader& file) {
    const Given in(file, name);
    Tape tape;
    const std::vector<Var> outputs = call(in).list;
    const std::string text = compare_outputs(file, name, outputs);
    if (!text.empty()) return text;
    std::vector<Var> terms;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        const io::TensorInfo* weights = file.find(fmt::format("{}/dout{}", name, k));
        if (!weights || !outputs[k].wants_grad()) continue;
        Array dy = Array::from_shape(weights->shape);
        file.read_as(*weights, std::span<Real>(dy.data(), static_cast<std::size_t>(count(dy))));
        terms.push_back(sum(outputs[k] * dy));
    }
    if (!terms.empty()) tape.backward(sum(stack(terms)));
    return compare_gradients(file, name, in);
}

io::SafetensorsReader open(const std::string& file) {
    return io::SafetensorsReader((folder / (file + ".safetensors")).string());
}

}  // namespace

TEST_CASE("reference: every case agrees with PyTorch (" HEED_TAG ")", "[reference]") {
    REQUIRE(Table::all().size() > 5);
    for (const Table* table : Table::all()) {
        const io::SafetensorsReader file = open(table->file);
        for (const Cases& cases : table->list) {
            for (const std::string& last : cases.names) {
                const std::string name = cases.op + "/" + last;
                const auto expression = file.metadata().find(name);
                INFO(name << ": " << (expression == file.metadata().end() ? "not in the file" : expression->second));
                CHECK(faults(name, cases.call, file) == "");
            }
        }
    }
}

TEST_CASE("reference: files and tables hold the same cases (" HEED_TAG ")", "[reference]") {
    std::set<std::string> names, listed;
    for (const Table* table : Table::all()) {
        names.insert(table->file);
        const io::SafetensorsReader file = open(table->file);
        std::set<std::string> in_file, in_table;
        for (const auto& [name, expression] : file.metadata()) in_file.insert(name);
        for (const Cases& cases : table->list) {
            for (const std::string& name : cases.names) {
                INFO(cases.op << "/" << name);
                CHECK(in_table.insert(cases.op + "/" + name).second);
            }
        }
        INFO(table->file);
        CHECK(in_table == in_file);
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) listed.insert(entry.path().stem().string());
    CHECK(names == listed);
}

TEST_CASE("reference: every op has a case (" HEED_TAG ")", "[reference]") {
    // random streams are heed's own, and PyTorch has no op that cuts at lengths
    const std::set<std::string> without{"checkpoint", "dropout", "permutation", "randint",
                                        "randn",      "uniform", "within"};
    std::set<std::string> missing;
    for (const OpCase& c : OpCases::all()) missing.insert(c.op());
    REQUIRE(missing.size() > 50);
    for (const Table* table : Table::all())
        for (const Cases& cases : table->list) missing.erase(cases.op);
    CHECK(missing == without);
}

TEST_CASE("reference: the comparison finds planted differences (" HEED_TAG ")", "[reference]") {
    const io::SafetensorsReader file = open("unary");
    const auto run = [&](const char* name, auto f) {
        return faults(std::string("tanh/") + name, Cases("tanh", {}, f).call, file);
    };
    const auto differences = [&](auto f) { return run("matrix", f); };
    CHECK(differences([](const Given& in) { return tanh(in[0]); }) == "");
    CHECK(differences([](const Given& in) { return tanh(in[0] * (1 + 20 * tolerance())); }) != "");
    CHECK_THAT(differences([](const Given& in) { return tanh(in[0].detach()); }),
               StartsWith("tanh/matrix/grad0: 0 at 0; expected "));
    CHECK_THAT(differences([](const Given& in) { return tanh(in[0]).detach() + 1.0001 * (in[0] - in[0].detach()); }),
               StartsWith("tanh/matrix/grad0: "));
    CHECK(differences([](const Given& in) { return reshape(tanh(in[0]), {36}); }) ==
          "tanh/matrix/out0: shape (36); expected (4, 9)\n");
    CHECK(differences([](const Given& in) { return Outputs{tanh(in[0]), in[0]}; }) != "");
    CHECK(run("no such case", [](const Given&) { return zeros({}); }) != "");
    CHECK(run("infinite", [](const Given& in) { return tanh(in[0]) + 0 * in[0]; }) != "");
}

}  // namespace heed::reference
