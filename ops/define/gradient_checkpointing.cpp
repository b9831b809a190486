// checkpoint: a part of a model that runs again in the sweep.
#include <cstring>
#include <fmt/format.h>
#include <heed/core/tape_parts.hpp>
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

struct SecondRun : ThreadScope<SecondRun> {};

// A hash of the bits of all elements: if any bit differs, so does the hash, but for one case in 2^64.
std::uint64_t fingerprint(const Array& x) {
    const auto* from = reinterpret_cast<const char*>(x.storage().data());
    const std::size_t bytes = x.storage().size() * sizeof(Real);
    std::uint64_t h = mix_bits(static_cast<std::uint64_t>(bytes)), word = 0;
    std::size_t i = 0;
    for (; i + sizeof word <= bytes; i += sizeof word) {
        std::memcpy(&word, from + i, sizeof word);
        h = mix_bits(h ^ word) + RandomStream::golden;
    }
    word = 0;
    if (i < bytes) std::memcpy(&word, from + i, bytes - i);
    return mix_bits(h ^ word);
}

// One stretch: what its backward needs.
struct HEED_ABI Again {
    CheckpointedFunction f;
    Tape::Streams streams;
    std::vector<In> inputs;
    List<Slot> slots;
    std::vector<std::pair<detail::Node*, std::uint32_t>>
        parameters;  // that f read, with their versions; the tape keeps them
    bool rounded = Bfloat16Products::on();
    std::uint64_t result = 0;

    // The inputs stand on the inner tape as values whose backward hands over to the outer one. The inner sweep is a
    // part of the outer one: gradients of parameters go where they belong.
    void operator()(Array dy) const {
        for (const auto& [parameter, version] : parameters) parameter->check_version(version);
        const Bfloat16Products as_before(rounded);
        Tape inner(streams);
        std::vector<Var> mine;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            mine.push_back(slots[i] ? Var::adopt(detail::Node::make(Array(inputs[i].value()), false))
                                    : Var(inputs[i].value()));
            if (slots[i])
                inner.push("checkpoint", &mine.back().node(),
                           [&slot = slots[i]](Array dx) { slot.add_grad(std::move(dx)); });
        }
        std::optional<SecondRun> second(std::in_place);
        const Var y = f(mine);
        second.reset();
        if (fingerprint(y.value()) != result)
            throw TapeError(
                fmt::format("checkpoint{}: its second run gave another result, of shape {}; what it runs may depend on "
                            "nothing but its inputs, parameters and heed's random numbers",
                            detail::scope_suffix(), to_string(y.shape())));
        mine.clear();
        inner.sweep_inside(y, std::move(dy));
    }
};

// y, or a new value with its elements where y is a parameter or one of the values that were given.
Var own(const Var& y, const std::vector<Var>& given) {
    const bool theirs =
        y.is_leaf() || std::any_of(given.begin(), given.end(), [&](const Var& x) { return &x.node() == &y.node(); });
    return theirs ? reshape(y, y.shape()) : y;
}

}  // namespace

bool running_again() { return SecondRun::innermost() != nullptr; }

Var checkpoint(const CheckpointedFunction& f, Ins inputs) {
    const std::vector<Var> list(inputs.begin(), inputs.end());
    // Gradients of gradients need all that lies between.
    if (!recording() || HigherOrder::innermost()) return own(f(list), list);
    Tape* tape = Tape::current();
    if (TapeParts::current())
        throw TapeError(fmt::format(
            "checkpoint: the tape has parts, as that of a step over stretches has, and a second run does not know "
            "them\n  called from {}:{}",
            inputs.at.file, inputs.at.line));
    Again again{f, tape->streams(), {}, inputs.slots(), {}};
    again.inputs.reserve(list.size());
    for (const Var& x : list) {
        again.inputs.push_back(In(x, inputs.at));
    }
    Var y;
    bool recorded = false;
    {
        Tape inner(again.streams);  // shows whether a gradient is wanted, and by which parameters
        y = f(list);
        tape->continue_from(inner);
        recorded = y.node().tape == inner.id();
        if (recorded)
            for (const auto& [leaf, step] : inner.leaves()) {
                tape->keep(leaf);
                again.parameters.emplace_back(leaf, leaf->version);
            }
    }
    if (!recorded) return own(y, list);  // a constant, or what f was given
    y.clear_hooks();                     // the second run will add them again
    again.result = fingerprint(y.value());
    tape->push("checkpoint", &y.node(), std::move(again));
    return y;
}

#ifdef HEED_TESTING
namespace {
Var stretch(const Var& a, const Var& b) { return tanh(matmul(a, b)) * sum(a); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "checkpoint/one input", .inputs = {{2, 3}}, .call = [](Vars in) { return checkpoint([](const Var& x) { return exp(x) * x; }, in[0]); },
     .same_as = [](Vars in) { return exp(in[0]) * in[0]; }},
    {.name = "checkpoint/two inputs", .inputs = {{2, 3}, {3, 3}},
     .call = [](Vars in) { return checkpoint([](Vars x) { return stretch(x[0], x[1]); }, {in[0], in[1]}); },
     .same_as = [](Vars in) { return stretch(in[0], in[1]); }},
    {.name = "checkpoint/captured", .inputs = {{2, 3}, {3, 3}},
     .call = [](Vars in) { return checkpoint([b = in[1]](const Var& a) { return stretch(a, b); }, in[0]); },
     .same_as = [](Vars in) { return stretch(in[0], in[1]); }},
    {.name = "checkpoint/one inside another", .inputs = {{2, 3}},
     .call = [](Vars in) {
         return checkpoint([](const Var& x) { return square(x) + checkpoint([x](const Var& y) { return tanh(y) * x; }, 2 * x); }, in[0]);
     },
     .same_as = [](Vars in) { return square(in[0]) + tanh(2 * in[0]) * in[0]; }},
    {.name = "checkpoint/dropout", .inputs = {{4, 8}},
     .call = [](Vars in) { return checkpoint([](const Var& x) { return dropout(x * x, 0.5); }, dropout(in[0], 0.25)); },
     .same_as = [](Vars in) { const Var x = dropout(in[0], 0.25); return dropout(x * x, 0.5); }},
    {.name = "checkpoint/handed on", .inputs = {{3}}, .call = [](Vars in) { return checkpoint([](const Var& x) { return x; }, in[0]); },
     .same_as = [](Vars in) { return in[0]; }})
// clang-format on

}  // namespace heed
