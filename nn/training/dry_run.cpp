// One step of training, measured.
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <heed/core/base/memory.hpp>
#include <heed/core/format.hpp>
#include <heed/core/observe/trace.hpp>
#include <heed/nn/training/dry_run.hpp>

namespace heed::training {
namespace {

std::vector<DryRun::Layer> layers_of(const LossOf& loss, const StepOptions& options, Shard shard) {
    std::vector<DryRun::Layer> layers;
    const Tape tape(Key{options.seed, 0});  // so that dropout is on
    const Trace trace([&](const char*, std::string_view name, const Shape& result) {
        auto layer = std::find_if(layers.begin(), layers.end(), [&](const DryRun::Layer& l) { return l.name == name; });
        if (layer == layers.end()) layer = layers.insert(layer, {.name = std::string(name)});
        ++layer->ops;
        layer->result = result;
        layer->bytes += static_cast<std::size_t>(result.count()) * sizeof(Real);
    });
    loss(0, shard);
    return layers;
}

}  // namespace

DryRun dry_run(const nn::Params& params, nn::Optimizer& optimizer, const Stepper::LossOf& loss,
               const StepOptions& options, const nn::Ema* ema, Dim shards) {
    DryRun dry;
    dry.layers = layers_of(loss, options, {0, shards});
    Stepper stepper(params, optimizer, loss, options, shards);
    stepper.run(1);
    reset_memory_peak();
    const auto start = std::chrono::steady_clock::now();
    dry.step = stepper.run(2);
    dry.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    dry.most = memory_report().peak;
    dry.parameters = static_cast<std::size_t>(params.count()) * sizeof(Real);
    for (const Var& p : params.list())
        if (p.wants_grad()) dry.gradients += static_cast<std::size_t>(p.size()) * sizeof(Real);
    dry.moments = optimizer.state_bytes();
    if (ema)
        for (const Array& average : ema->averages())  // and what each lost by rounding
            dry.averages += 2 * static_cast<std::size_t>(count(average)) * sizeof(Real);
    return dry;
}

std::string to_text(const DryRun& dry) {
    const auto mb = [](std::size_t bytes) { return static_cast<double>(bytes) / 1e6; };
    std::size_t width = 9;
    for (const DryRun::Layer& layer : dry.layers) width = std::max(width, layer.name.size());
    std::string text = fmt::format("{:<{}}  {:>5}  {:>22}  {:>10}\n", "layer", width, "ops", "last result", "MB made");
    for (const DryRun::Layer& layer : dry.layers)
        text += fmt::format("{:<{}}  {:>5}  {:>22}  {:>10.3f}\n", layer.name.empty() ? "(none)" : layer.name, width,
                            layer.ops, layer.result, mb(layer.bytes));
    text += fmt::format("a step: {:.3f} s, loss {:.4f}, gradients' norm {:.4f}\n", dry.seconds, dry.step.loss,
                        dry.step.norm);
    text += fmt::format("memory in MB: parameters {:.3f}, gradients {:.3f}, moments {:.3f}", mb(dry.parameters),
                        mb(dry.gradients), mb(dry.moments));
    if (dry.averages > 0) text += fmt::format(", averages {:.3f}", mb(dry.averages));
    if (dry.most > 0) text += fmt::format("; with all that a step makes {:.3f} at most", mb(dry.most));
    return text + "\n";
}

}  // namespace heed::training
