// A training run.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <optional>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/nn/training/checkpoints.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/length.hpp>
#include <heed/nn/training/run/folder.hpp>
#include <heed/nn/training/run/interrupt.hpp>
#include <heed/nn/training/run/log.hpp>
#include <heed/nn/training/same_run.hpp>
#include <heed/nn/training/show.hpp>

namespace heed::training {
namespace {

double wall() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double cpu() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

class Run {
public:
    Run(const FitOptions& o, const nn::Params& params, nn::Optimizer& optimizer, const LossOf& loss,
        const std::function<Metrics()>& evaluate)
        : o_(o), group_(group_of(o.world)), params_(params), optimizer_(optimizer), evaluate_(evaluate),
          stepper_(params, optimizer, watching(loss), o.step, o.shards, group_),
          saves_(o.folder, o.keep, identity(), params, optimizer, o.ema, stepper_, group_) {
        require(o.steps > 0 || (o.minutes > 0 && std::isfinite(o.minutes)), "fit", "neither steps nor minutes are set",
                Site::current());
        check_options();
        group_.together([&] {
            if (o.resume) warning_ = saves_.load(state_, o.config);
        });
        resumed_ = state_;
        set_length(o, state_, resumed_);
        require_same_run(group_, o, params, state_);
    }

    Outcome go() {
        Interrupt interrupt;
        const bool new_length = has_new_length(state_, resumed_), nothing_to_do = is_over() && !new_length;
        group_.together([&] { open(!nothing_to_do); });
        if (new_length) progress_->note(length_note(o_, state_, resumed_));
        if (!nothing_to_do) start();
        double saved = wall();
        show_best();
        Interrupt::Asked asked;
        while (!is_over() && asked.exit_code == 0) {
            advance();
            if (state_.steps == 0) fix_steps();
            if (is_point(state_.step)) evaluate();
            asked = interrupt.ask(group_, wall() - saved >= o_.save_seconds);
            if (!asked.save) continue;
            save();
            saved = wall();
            if (asked.wanted) progress_->note(fmt::format("saved after step {}", state_.step));
        }
        if (asked.exit_code == 0 && (state_.step > resumed_.step || !warning_.empty())) save();
        group_.together([&] {
            if (events_) events_->close();
        });
        progress_->finish();
        return {state_.step,        resumed_.step,     state_.seconds,
                state_.cpu_seconds, state_.best,       state_.best_step,
                state_.skipped,     out_of_patience(), interrupt.ask(group_, false).exit_code};
    }

private:
    // What the leading process writes and shows.
    void open(bool writes) {
        ProgressOptions shown = o_.progress;
        shown.total = state_.steps;
        shown.first = state_.step;
        progress_.emplace(shown, leader_host(group_, o_.host));
        if (!o_.folder.empty() && writes && group_.leads()) {
            log_.emplace(o_.folder / "log.jsonl", state_.step);
            events_.emplace(o_.folder, state_.step);
            if (state_.step == 0 && !o_.config.empty())
                events_->text("config", 0, fmt::format("```\n{}\n```", o_.config));
        }
        if (!warning_.empty()) progress_->note("warning: " + warning_);
    }

    void check_options() const {
        const auto check = [](const char* name, auto value) {
            require(
                value >= 0, "fit", [&] { return fmt::format("{} is {}; expected 0 or more", name, value); },
                Site::current());
        };
        for (const auto& [name, value] : {std::pair{"steps", o_.steps},
                                          {"evaluate_every", o_.evaluate_every},
                                          {"patience", o_.patience},
                                          {"log_every", o_.log_every},
                                          {"keep", o_.keep}})
            check(name, value);
        check("minutes", o_.minutes);
        check("save_seconds", o_.save_seconds);
        require(evaluate_ || !o_.rate.follows_metrics(), "fit",
                "the rate follows a metric, and evaluate() is not given", Site::current());
    }

    void set_rate(double rate, Dim step) {
        require(
            rate >= 0 && std::isfinite(rate), "fit",
            [&] { return fmt::format("the rate of step {} is {}; expected a finite number >= 0", step, rate); },
            Site::current());
        optimizer_.set_lr(rate);
    }

    // The checkpoint first: it holds the run's identity, also for a run of an earlier version, so that config.json may
    // be rewritten after it.
    void start() {
        if (resumed_.step > 0) save();
        group_.by_leader([&] {
            if (o_.started) o_.started();
            if (!o_.folder.empty() && !o_.config.empty())
                io::write_if_changed((o_.folder / "config.json").string(), o_.config);
        });
    }

    void advance() {
        const double start = wall(), start_cpu = cpu();
        const Dim step = state_.step + 1;
        if (o_.rate) set_rate(o_.rate(step, state_.steps, state_.metrics), step);
        const StepReport report = stepper_.run(step);
        if (o_.ema && report.skipped.empty()) o_.ema->update();
        state_.step = step;
        const double took = wall() - start;
        state_.seconds += took;
        state_.cpu_seconds += cpu() - start_cpu;
        last_ = report;
        if (!report.skipped.empty()) ++state_.skipped;
        group_.together([&] { write_step(report, took); });
    }

    void write_step(const StepReport& report, double took) {
        const Dim step = state_.step;
        if (!report.skipped.empty()) {
            progress_->note(
                fmt::format("{}: {}", o_.step.on_nan == OnNan::skip ? "skipped" : "rolled back", report.skipped));
            write({{"step", std::int64_t{step}}, {"skipped", report.skipped}});
            return;
        }
        progress_->update(step, report.units, report.loss);
        if (step % std::max<Dim>(1, o_.log_every) != 0) return;
        write({{"step", std::int64_t{step}},
               {"seconds", state_.seconds},
               {"loss", report.loss},
               {"lr", optimizer_.lr()},
               {"norm", report.norm},
               {"rate", took > 0 ? report.units / took : 0.0}});
        if (!events_) return;
        events_->scalar("train/loss", step, report.loss);
        events_->scalar("train/lr", step, optimizer_.lr());
        events_->scalar("train/gradient_norm", step, report.norm);
    }

    // From minutes to a number of steps: once, and then it is a part of the checkpoint.
    void fix_steps() {
        state_.steps = static_cast<Dim>(group_.of_leader(static_cast<double>(steps_of_minutes(o_, state_))));
        if (state_.steps == 0) return;
        progress_->set_total(state_.steps);
        save();
    }

    bool is_over() const { return (state_.steps > 0 && state_.step >= state_.steps) || out_of_patience(); }
    Identity identity() const {
        return o_.identity.fields.empty() ? Identity{.fields = fields_of(o_.config)} : o_.identity;
    }

    bool is_point(Dim step) const {
        if (!evaluate_ || state_.steps == 0) return false;
        if (o_.evaluate_every > 0) return step % o_.evaluate_every == 0 || step == state_.steps;
        return step * 10 / state_.steps != (step - 1) * 10 / state_.steps;
    }

    // `loss`, whose attention is kept in the step before an evaluation.
    LossOf watching(const LossOf& loss) {
        if (loss.is_together()) return loss;  // its attentions have no whole matrix of weights
        const auto of = [this, &loss](Dim n, Shard shard) {
            const bool is_watched = events_ && is_point(state_.step + 1) && shard.index == 0;
            return is_watched ? watched(loss, n, shard, attended_) : loss(n, shard);
        };
        if (loss.takes_shards()) return of;
        return [of](Dim n) { return of(n, {}); };
    }

    void evaluate() {
        std::optional<nn::Ema::Use> averaged;
        if (o_.ema) averaged.emplace(*o_.ema);
        Metrics metrics = measured();
        require(!metrics.empty(), "fit", "evaluate() gave no metrics; expected at least one", Site::current());
        for (auto& metric : metrics) metric.second = group_.of_leader(metric.second);
        group_.together([&] { write_metrics(metrics); });
        const double value = metrics.front().second;
        name_ = metrics.front().first;
        state_.metrics.push_back(o_.higher_is_better ? -value : value);
        const bool better = state_.best_step == 0 || (o_.higher_is_better ? value > state_.best : value < state_.best);
        state_.waiting = better ? 0 : state_.waiting + 1;
        if (better) {
            state_.best = value;
            state_.best_step = state_.step;
            saves_.best(state_);
        }
        averaged.reset();
        saves_.kept(state_);
        show_best();
    }

    void write_metrics(const Metrics& metrics) {
        std::string text =
            fmt::format("step {} after {:.1f} min: loss {:.3f}", state_.step, state_.seconds / 60, last_.loss);
        Record record{{"step", std::int64_t{state_.step}},
                      {"seconds", state_.seconds},
                      {"loss", last_.loss},
                      {"lr", optimizer_.lr()}};
        for (const auto& metric : metrics) {
            const std::string& name = metric.first;  // no structured binding: clang 14 does not capture one
            require(
                std::ranges::none_of(record, [&](const auto& field) { return field.first == name; }), "fit",
                [&] { return fmt::format("evaluate() gave a metric '{}', which the log has a field of", name); },
                Site::current());
            text += fmt::format(", {} {:.4f}", name, metric.second);
            record.emplace_back(name, metric.second);
            if (events_) events_->scalar("eval/" + name, state_.step, metric.second);
        }
        progress_->note(text);
        write(record);
        if (events_) show();
    }

    Metrics measured() const {
        const Inference inference;  // the caller may have a tape of its own
        return evaluate_();
    }

    void show() {
        show_weights(*events_, state_.step, params_);
        show_attention(*events_, state_.step, attended_);
        if (o_.show) o_.show(*events_, state_.step);
    }

    bool out_of_patience() const { return o_.patience > 0 && state_.waiting >= o_.patience; }
    void show_best() {
        if (state_.best_step > 0)
            progress_->best(fmt::format("best {}{:.4f}", name_.empty() ? "" : name_ + " ", state_.best));
    }
    void save() { saves_.last(state_); }
    void write(const Record& record) const {
        if (log_) log_->write(record);
    }

    const FitOptions& o_;
    Group& group_;
    const nn::Params& params_;
    nn::Optimizer& optimizer_;
    const std::function<Metrics()>& evaluate_;
    std::vector<inspect::Layer> attended_;  // in the first shard of the step before the evaluation
    Stepper stepper_;
    Checkpoints saves_;
    RunState state_, resumed_;  // as it is, and as the checkpoint was
    StepReport last_;
    std::string warning_, name_;
    std::optional<Progress> progress_;
    std::optional<Log> log_;
    std::optional<Events> events_;
};

}  // namespace

Outcome fit(const FitOptions& options, const nn::Params& params, nn::Optimizer& optimizer, const LossOf& loss,
            const std::function<Metrics()>& evaluate) {
    std::unique_ptr<RunFolder> folder;
    group_of(options.world).by_leader([&] { folder = open_run(options.folder, options.resume); });
    return Run(options, params, optimizer, loss, evaluate).go();
}

}  // namespace heed::training
