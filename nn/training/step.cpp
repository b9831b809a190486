// One step of training.
#include <bit>
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/core/tape_parts.hpp>
#include <heed/nn/training/shards/shard_sum.hpp>
#include <heed/nn/training/step.hpp>
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/ops.hpp>

namespace heed::training {

std::string optimizer_prefix(const nn::Checkpoint& file) {
    return file.notes.contains("adam.steps") ? "adam." : "optimizer.";
}

Stepper::Stepper(const nn::Params& params, nn::Optimizer& optimizer, LossOf loss, const StepOptions& options,
                 Dim shards, Group& group)
    : params_(params), optimizer_(optimizer), loss_(std::move(loss)), options_(options), shards_(shards),
      group_(group) {
    require_least("fit", "accumulate", options.accumulate, 1, Site::current());
    require(
        options.clip >= 0, "fit",
        [&] { return fmt::format("clip is {}; expected a norm, or 0 for none", options.clip); }, Site::current());
    require_least("fit", "good_every", options.good_every, 1, Site::current());
    require_least("fit", "most_skipped", options.most_skipped, 0, Site::current());
    require_least("fit", "shards", shards, 1, Site::current());
    require(
        std::has_single_bit(static_cast<std::uint64_t>(shards)), "fit",
        [&] { return fmt::format("shards is {}; expected a power of two", shards); }, Site::current());
    require(
        shards % group.size() == 0, "fit",
        [&] {
            return fmt::format("{} processes and shards is {}; expected a multiple of the processes, which share them",
                               group.size(), shards);
        },
        Site::current());
    require(
        shards == 1 || loss_.takes_shards() || loss_.is_together(), "fit",
        [&] {
            return fmt::format(
                "{} shards, and the batch is made whole; expected batch(n, shard) or loss(n, shard), or "
                "a loss that returns those of all shards of its process",
                shards);
        },
        Site::current());
    owners_ = std::make_unique<Owners>(params, optimizer, group);
}

Stepper::~Stepper() = default;

Loss Stepper::loss_of(Dim batch, Shard shard) const {
    Loss loss = loss_(batch, shard);
    check(loss, batch, shard);
    return loss;
}

void Stepper::check(const Loss& loss, Dim batch, Shard shard) const {
    require(
        shard.count == 1 || (loss.count && *loss.count >= 0 && std::isfinite(*loss.count)), "fit",
        [&] {
            return fmt::format(
                "the loss of shard {} of batch {} has {}; expected the number of items that it is a mean over, by "
                "which "
                "shards are weighted: return Loss(loss, units, items)",
                shard.index, batch, loss.count ? fmt::format("a count of {}", *loss.count) : "no count");
        },
        Site::current());
    require(
        loss.value.defined() || (shard.count > 1 && loss.count == 0.0), "fit",
        [&] { return fmt::format("batch {} has no loss; expected one, but for an empty shard of several", batch); },
        Site::current());
}

// The one shard of a step has the key of the step; each of several has a seed of its own.
Key Stepper::key_of(Dim step, Dim part) const {
    return {options_.seed, static_cast<std::uint64_t>((step - 1) * options_.accumulate + part)};
}
Key Stepper::key_of(Dim step, Dim part, Dim shard) const {
    Key key = key_of(step, part);
    if (shards_ > 1) key.seed = mix_bits(key.seed + hash_text("training/shard") + static_cast<std::uint64_t>(shard));
    return key;
}

ShardLoss Stepper::backward_of(Dim step, Dim part, Shard shard, double scale, const Completed* completed) const {
    const Bfloat16Products in_bfloat16(options_.bfloat16 || Bfloat16Products::on());
    Tape tape(key_of(step, part, shard.index));
    Loss loss = loss_of(batch_of(step, part), shard);
    if (shard.count > 1 && loss.count == 0.0) return {};
    if (scale != 1) loss.value = loss.value * scale;
    const ShardLoss done{static_cast<double>(loss.value.item()), loss.units, loss.count.value_or(1)};
    if (!std::isfinite(done.loss)) return done;
    const auto pass_on = [&](heed::detail::Node& leaf) { (*completed)(leaf, done.count); };
    std::optional<heed::detail::CompleteLeaves> passing;
    if (completed) passing.emplace(tape, pass_on);
    tape.backward(loss.value);
    return done;
}

// Forward and backward of all shards that this process has, which meet on their way: one tape has them as its parts.
// What is swept is the sum of their losses times their counts, also where one is not finite: a process that did not
// sweep would leave the others waiting in the ops where shards meet.
class Stepper::Together {
public:
    Together(const Stepper& s, Dim step, Dim part)
        : first_(s.mine() * s.group_.rank()), tape_(s.key_of(step, part)), parts_(keys(s, step, part)) {
        const Bfloat16Products in_bfloat16(s.options_.bfloat16 || Bfloat16Products::on());
        const Dim batch = s.batch_of(step, part);
        const std::vector<std::uint32_t> before = versions(s.params_);
        const std::vector<Loss> losses = s.loss_.together(batch);
        require(
            static_cast<Dim>(losses.size()) == s.mine(), "fit",
            [&] {
                return fmt::format("{} losses of batch {}; expected {}, one of each shard that this process has",
                                   losses.size(), batch, s.mine());
            },
            Site::current());
        require(before == versions(s.params_), "fit",
                "a layer averages over its batch what it keeps, as BatchNorm does, and shards that are computed "
                "together have no such average each",
                Site::current());
        Var sum;
        for (const Loss& loss : losses) {
            s.check(loss, batch, {first_ + static_cast<Dim>(done_.size()), s.shards_});
            done_.push_back({.units = loss.units, .count = *loss.count, .weighted = true});
            if (!loss.value.defined()) continue;
            done_.back().loss = static_cast<double>(loss.value.item());
            const Var weighted = loss.value * *loss.count;
            sum = sum.defined() ? sum + weighted : weighted;
        }
        require(sum.defined(), "fit", "no shard of this process has a loss; expected a value also of empty ones",
                Site::current());
        tape_.backward(sum);
    }

    // And the leaves have its gradients.
    ShardLoss take(Dim shard) {
        const auto n = static_cast<std::size_t>(shard - first_);
        parts_.deliver(n);
        return done_[n];
    }

private:
    static std::vector<Key> keys(const Stepper& s, Dim step, Dim part) {
        std::vector<Key> all;
        for (Dim i = 0; i < s.mine(); ++i) all.push_back(s.key_of(step, part, s.mine() * s.group_.rank() + i));
        return all;
    }
    static std::vector<std::uint32_t> versions(const nn::Params& params) {
        std::vector<std::uint32_t> all;
        for (const Var& buffer : params.buffers()) all.push_back(buffer.node().version);
        return all;
    }
    Dim first_;
    Tape tape_;
    TapeParts parts_;
    std::vector<ShardLoss> done_;
};

ShardLoss Stepper::sum_of_shards(Dim step, Dim part, double scale) const {
    const ShardedBatch batch(params_, shards_, *owners_);
    if (!loss_.is_together())
        return batch.run(
            [&](Shard shard, const Completed* completed) { return backward_of(step, part, shard, 1, completed); },
            scale);
    std::optional<Together> all;
    const auto of_shard = [&](Shard shard, const Completed*) {
        if (!all) all.emplace(*this, step, part);
        return all->take(shard.index);
    };
    return batch.run(of_shard, scale);
}

// The loss of a batch, and its gradient, add to those of the step: a share of their mean.
void Stepper::backward_of(Dim step, Dim part, StepReport& report) const {
    const ShardLoss done = shards_ == 1 ? backward_of(step, part, {}, share()) : sum_of_shards(step, part, share());
    report.loss += done.loss;
    report.units += done.units;
}

namespace {

// What layers average themselves, so that a step that is left out leaves no trace in it.
class Averages {
public:
    explicit Averages(const nn::Params& params) : buffers_(params.buffers()) {
        for (const Var& b : buffers_) before_.push_back(b.value());
    }
    void restore() const {
        for (std::size_t i = 0; i < buffers_.size(); ++i) buffers_[i].mutable_value("fit") = before_[i];
    }

private:
    std::vector<Var> buffers_;
    std::vector<Array> before_;
};

}  // namespace

StepReport Stepper::run(Dim step) {
    if (options_.on_nan == OnNan::rollback && (!good_ || (step - 1) % options_.good_every == 0)) {
        good_.emplace();
        good_->put("model.", params_);
        good_->put("optimizer.", optimizer_);
    }
    StepReport report;
    const Averages averages(params_);
    for (Dim part = 0; part < options_.accumulate && std::isfinite(report.loss); ++part)
        backward_of(step, part, report);
    if (std::isfinite(report.loss))
        report.norm = owners_->clip(options_.clip > 0 ? options_.clip : std::numeric_limits<double>::infinity());
    if (std::isfinite(report.loss) && std::isfinite(report.norm)) {
        owners_->step();
        skipped_ = 0;
        return report;
    }
    averages.restore();
    report.skipped = explain(step);
    averages.restore();
    if (options_.on_nan == OnNan::stop) throw NumberError(report.skipped);
    if (++skipped_ > options_.most_skipped)
        throw NumberError(fmt::format("{}; and {} steps before it, too", report.skipped, skipped_ - 1));
    if (options_.on_nan == OnNan::rollback) {
        good_->get("model.", params_);
        good_->get(optimizer_prefix(*good_), optimizer_);
    }
    return report;
}

// The step again, with a look at every op; empty where none of those that run in this process is the origin.
std::string Stepper::find_origin(Dim step) const {
    params_.clear_gradients();
    std::string text;
    const bool together = shards_ > 1 && loss_.is_together();
    const Dim first = mine() * group_.rank();
    if (together && group_.size() > 1) return text;  // where one process stops, the others would wait for it
    try {
        const CheckNumbers check;
        for (Dim part = 0; part < options_.accumulate; ++part) {
            if (together) Together(*this, step, part);
            else
                for (Dim shard = first; shard < first + mine(); ++shard)
                    backward_of(step, part, {shard, shards_}, shards_ == 1 ? share() : 1);
        }
    } catch (const NumberError& e) {
        text = e.what();
    }
    params_.clear_gradients();
    return text;
}

std::string Stepper::explain(Dim step) const {
    std::string mine;
    group_.together([&] { mine = find_origin(step); });
    for (const std::string& text : group_.all_gather(mine))
        if (!text.empty()) return fmt::format("step {}: {}", step, text);
    if (loss_.is_together() && group_.size() > 1)
        return fmt::format(
            "step {}: the loss or the gradients' norm is not finite; which op made it so, one process finds alone, "
            "where it has all shards",
            step);
    return fmt::format(
        "step {}: the loss or the gradients' norm is not finite, though no op made a NaN or Inf: the "
        "gradients are too large to sum",
        step);
}

void Stepper::put(nn::Checkpoint& file) const {
    file.notes["skipped"] = std::to_string(skipped_);
    if (good_) file.put("good.", *good_);
}

void Stepper::get(const nn::Checkpoint& file) {
    skipped_ = file.number("skipped");
    good_.reset();
    if (nn::Checkpoint good = file.part("good."); good.notes.contains(optimizer_prefix(good) + "steps"))
        good_ = std::move(good);
}

}  // namespace heed::training
