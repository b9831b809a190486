// What all optimisers share.
#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>
#include <fmt/format.h>
#include <heed/core/observe/profile.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/checks.hpp>
#include <heed/nn/optim/optimizer.hpp>

namespace heed::nn {
namespace {

// The group of each parameter: the one with the longest prefix that fits.
std::vector<ParamGroup> assign_groups(const std::vector<Var>& parameters, const OptimizerOptions& options, Site at) {
    const std::vector<ParamGroup>& groups = options.groups;
    for (const ParamGroup& group : groups) {
        require_rate("lr_scale", group.lr_scale, at);
        require_rate("decay_scale", group.decay_scale, at);
    }
    std::vector<ParamGroup> mine;
    std::vector<bool> used(groups.size());
    for (const Var& p : parameters) {
        ParamGroup group;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            const std::string& prefix = groups[i].prefix;
            const bool fits = lies_below(p.name(), prefix);
            if (fits) used[i] = true;
            if (fits && prefix.size() >= group.prefix.size()) group = groups[i];
        }
        if (!options.decay_vectors && p.rank() < 2) group.decay_scale = 0;
        mine.push_back(std::move(group));
    }
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (!used[i]) throw Error(fmt::format("optimizer: no parameter lies below the group '{}'", groups[i].prefix));
    return mine;
}

// A text that outlives every optimiser: a value keeps the name of the function that wrote it last.
const char* kept_for_ever(std::string text) {
    static std::mutex mutex;
    static std::set<std::string> texts;
    const std::lock_guard lock(mutex);
    return texts.insert(std::move(text)).first->c_str();
}

// How often each row of a parameter was updated, in `most` updates.
std::vector<Dim> row_counts(const Checkpoint& file, const Var& p, Dim most) {
    const std::string name = "row_updates." + p.name();
    const Ints counts = file.ints(name);
    const auto possible = [most](std::int64_t n) { return 0 <= n && n <= most; };
    if (p.rank() == 0 || !(Shape(counts.shape()) == Shape{p.dim(0)}) ||
        !std::ranges::all_of(counts.storage(), possible))
        throw FileError(fmt::format("{}: tensor '{}' of shape {} is no count for each row of {}, of at most {} updates",
                                    file.name(), name, to_string(counts.shape()), to_string(p.shape()), most));
    return {counts.storage().begin(), counts.storage().end()};
}

}  // namespace

Optimizer::Optimizer(std::string kind, const Params& params, const OptimizerOptions& options, Site at)
    : parameters_(params.list()), group_(assign_groups(parameters_, options, at)), state_(parameters_.size()),
      updates_(parameters_.size()), row_updates_(parameters_.size()), kind_(std::move(kind)),
      writer_(kept_for_ever(kind_ + "::step")), options_(options) {
    require_rate("lr", options.lr, at);
    require_rate("decay", options.decay, at);
}

void Optimizer::set_lr(double lr, Site at) {
    require_rate("lr", lr, at);
    options_.lr = lr;
}

template <class Update>
void Optimizer::step_by(Update update_all) {
    const ProfiledPart part(writer_);
    const bool any = std::ranges::any_of(parameters_, &Var::has_grad);
    if (!any)
        throw TapeError(fmt::format("{}: no gradient has reached any parameter; call backward() before step()", kind_));
    ++steps_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (!parameters_[i].has_grad()) continue;
        if (lazy()) count_rows(i);
        ++updates_[i];
    }
    update_all();
    for (const Var& p : parameters_) p.clear_grad();
}

// Before the step is counted for the whole parameter.
void Optimizer::count_rows(std::size_t i) {
    const RowSet* const touched = parameters_[i].touched_rows();
    std::vector<Dim>& counts = row_updates_[i];
    if (!touched) {
        for (Dim& n : counts) ++n;
        return;
    }
    if (counts.empty()) counts.assign(static_cast<std::size_t>(touched->rows()), updates_[i]);
    touched->stretches(0, touched->rows(), [&](Dim begin, Dim end) {
        for (Dim row = begin; row < end; ++row) ++counts[static_cast<std::size_t>(row)];
    });
}

void Optimizer::step() {
    step_by([this] {
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            if (!parameters_[i].has_grad()) continue;
            update(i);
            parameters_[i].clear_grad();  // the next one reuses its memory
        }
    });
}

void Optimizer::step(std::span<const Stretch> owned) {
    for (const Stretch& s : owned) {
        require(
            s.parameter < parameters_.size(), kind_.c_str(),
            [&] { return fmt::format("parameter {} of a stretch; there are {}", s.parameter, parameters_.size()); },
            Site::current());
        const Dim size = parameters_[s.parameter].size();
        const auto text = [&](const char* wanted) {
            return fmt::format("elements {} to {} of '{}'; expected {}", s.begin, s.end,
                               parameters_[s.parameter].name(), wanted);
        };
        require(
            0 <= s.begin && s.begin <= s.end && s.end <= size, kind_.c_str(),
            [&] { return text(fmt::format("a part of its {}", size).c_str()); }, Site::current());
        require(
            updates_stretches(s.parameter) || (s.begin == 0 && s.end == size), kind_.c_str(),
            [&] { return text("all: it is updated as a whole"); }, Site::current());
    }
    step_by([&] {
        for (const Stretch& s : owned) {
            if (!parameters_[s.parameter].has_grad()) continue;
            if (updates_stretches(s.parameter)) update_stretch(s.parameter, s.begin, s.end);
            else update(s.parameter);
        }
    });
}

void Optimizer::update_stretch(std::size_t i, Dim, Dim) { update(i); }

Array& Optimizer::state(std::size_t i, std::string_view role) {
    const auto found = state_[i].find(role);
    if (found != state_[i].end()) return found->second;
    const std::vector<std::string> known = roles(i);
    if (std::ranges::find(known, role) == known.end())
        throw Error(fmt::format("{}: roles({}) does not name '{}'", kind_, i, role));
    return state_[i].emplace(role, filled(parameters_[i].shape(), 0)).first->second;
}

const Array* Optimizer::find_state(std::size_t i, std::string_view role) const {
    const auto found = state_.at(i).find(role);
    return found == state_[i].end() ? nullptr : &found->second;
}

std::size_t Optimizer::state_bytes() const {
    std::size_t bytes = 0;
    for (const State& of : state_)
        for (const auto& [role, value] : of) bytes += static_cast<std::size_t>(count(value)) * sizeof(Real);
    return bytes;
}

void Optimizer::put(Checkpoint& file) const {
    file.notes["steps"] = std::to_string(steps_);
    if (lazy()) file.notes["lazy"] = "true";
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (updates_[i] == 0) continue;  // no gradient has reached it yet
        const std::string& name = parameters_[i].name();
        file.notes["updates." + name] = std::to_string(updates_[i]);
        for (const auto& [role, value] : state_[i]) file.put(role + "." + name, value);
        if (row_updates_[i].empty()) continue;
        Ints counts = Ints::from_shape({static_cast<Dim>(row_updates_[i].size())});
        std::ranges::copy(row_updates_[i], counts.data());
        file.put("row_updates." + name, counts);
    }
}

void Optimizer::get(const Checkpoint& file) {
    const Dim steps = file.number("steps");
    std::vector<State> state(parameters_.size());
    std::vector<Dim> updates(parameters_.size());
    std::vector<std::vector<Dim>> row_updates(parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const Var& p = parameters_[i];
        const std::vector<std::string> wanted = roles(i);
        const std::string counted = "updates." + p.name();  // older files count steps only
        const auto held = [&](const std::string& role) { return file.holds(role + "." + p.name()); };
        if (!file.notes.contains(counted) && std::ranges::none_of(wanted, held)) continue;
        for (const std::string& role : wanted) state[i].emplace(role, file.array(role + "." + p.name(), p.shape()));
        updates[i] = file.notes.contains(counted) ? file.number(counted) : steps;
        if (file.holds("row_updates." + p.name())) row_updates[i] = row_counts(file, p, updates[i]);
    }
    state_ = std::move(state);
    updates_ = std::move(updates);
    row_updates_ = std::move(row_updates);
    steps_ = steps;
}

}  // namespace heed::nn
