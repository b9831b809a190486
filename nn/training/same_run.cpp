// Whether all processes are about to make the same run.
#include <bit>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/isa.hpp>
#include <heed/core/base/random.hpp>
#include <heed/core/version.hpp>
#include <heed/nn/training/same_run.hpp>

namespace heed::training {
namespace {

std::string text_of(const Value& value) {
    return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

void require_same_settings(Group& group, const Record& settings) {
    std::vector<std::string> names;
    for (const auto& [name, value] : settings) names.push_back(name);
    group.require_same("the list of settings", fmt::format("{}", fmt::join(names, ", ")));
    for (const auto& [name, value] : settings)
        group.require_same(fmt::format("the setting '{}'", name), text_of(value));
}

// Names, shapes and values.
std::string parameters_of(const nn::Params& params) {
    std::uint64_t hash = 0;
    const auto add = [&hash](std::uint64_t bits) { hash = mix_bits(hash + bits + 1); };
    for (const Var& p : params.list()) {
        add(hash_text(p.name()));
        for (const Dim axis : p.shape()) add(static_cast<std::uint64_t>(axis));
        for (const Real value : p.value().storage()) add(std::bit_cast<std::uint64_t>(double{value}));
    }
    return fmt::format("{} elements with the hash {:016x}", params.count(), hash);
}

}  // namespace

void require_same_run(Group& group, const FitOptions& options, const nn::Params& params, const RunState& state) {
    if (group.size() == 1) return;
    group.require_same("the version of heed", HEED_VERSION);
    group.require_same("the instruction set", kernel::name(kernel::isa()));
    require_same_settings(group, fields_of(options.config));
    group.require_same("the number of shards", std::to_string(options.shards));
    const StepOptions& step = options.step;
    group.require_same("what a step does",
                       fmt::format("seed {}, accumulate {}, clip {}, on_nan {}, good_every {}, most_skipped {}, "
                                   "one_batch {}, bfloat16 {}",
                                   step.seed, step.accumulate, step.clip, static_cast<int>(step.on_nan),
                                   step.good_every, step.most_skipped, step.one_batch, step.bfloat16));
    group.require_same("the length of the run", fmt::format("{} steps, {} minutes", options.steps, options.minutes));
    group.require_same("the last step", std::to_string(state.step));
    group.require_same("the model", parameters_of(params));
}

}  // namespace heed::training
