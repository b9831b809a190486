// What ops report to the traces, the check mode and the profiler of their thread.
#include <heed/core/observe/profiler.hpp>
#include <heed/core/observe/trace.hpp>
#include <heed/core/tape.hpp>

namespace heed::detail {

constinit thread_local Makers* makers = nullptr;

namespace {

std::uint64_t bytes_of(Dim elements) { return static_cast<std::uint64_t>(elements) * sizeof(Real); }

ProfiledOperand operand_of(const Node& x) {
    return {&x, !x.shared, x.leaf != nullptr, x.leaf ? std::string_view(x.leaf->name) : std::string_view(), x.shape()};
}

template <class Inputs, class NodeOf>
void watch_result(const char* op, Site at, const Inputs& inputs, const NodeOf& node_of, const Node& out,
                  bool recorded) {
    if (makers) (*makers)[&out] = {op, Scope::caller().line ? Scope::caller() : at};
    Trace::report(op, out.shape());
    if (checking_numbers()) check_numbers(op, "result", out.value);
    Profiler* const on = profiler();
    if (!on) return;
    std::vector<ProfiledOperand> operands;
    Dim elements = out.shape().count();
    for (const auto& input : inputs) {
        operands.push_back(operand_of(node_of(input)));
        elements += operands.back().shape.count();
    }
    on->forward(op, out.shape(), bytes_of(elements), &out, recorded, operands);
}

}  // namespace

void watch(const char* op, std::initializer_list<std::reference_wrapper<const In>> inputs, const Node& out,
           bool recorded) {
    watch_result(
        op, inputs.size() ? inputs.begin()->get().at : Site{}, inputs,
        [](const In& x) -> const Node& { return x.node(); }, out, recorded);
}
void watch(const char* op, const Ins& inputs, const Node& out, bool recorded) {
    watch_result(
        op, inputs.at, inputs, [](const Var& x) -> const Node& { return x.node(); }, out, recorded);
}

void watch_gradient(const char* op, const Array& dx) {
    if (checking_numbers()) check_numbers(op, "gradient", dx);
    if (Profiler* const on = profiler()) on->pass(bytes_of(count(dx)));
}

}  // namespace heed::detail
