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
    : parameters_(params.list()), group_(assign_groups(parameters_, options, at)), updates_(parameters_.size()),
      row_updates_(parameters_.size()), kind_(std::move(kind)), writer_(kept_for_ever(kind_ + "::step")),
      options_(options) {
    require_rate("lr", options.lr, at);
    require_rate("decay", options.decay, at);
    for (const Var& p : parameters_) state_.push_back({{.begin = 0, .end = p.size()}});
}

void Optimizer::set_lr(double lr, Site at) {
    require_rate("lr", lr, at);
    options_.lr = lr;
}

bool Optimizer::is_whole(std::size_t i) const {
    return state_[i].size() == 1 && state_[i][0].begin == 0 && state_[i][0].end == parameters_[i].size();
}

void Optimizer::update_all() {
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
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (!parameters_[i].has_grad()) continue;
        for (part_ = 0; part_ < state_[i].size(); ++part_) {
            if (is_whole(i)) update(i);
            else update_stretch(i, state_[i][part_].begin, state_[i][part_].end);
        }
        part_ = 0;
        parameters_[i].clear_grad();  // the next one reuses its memory
    }
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
    if (in_parts_)
        throw Error(
            fmt::format("{}: it keeps the state of a part, as one of several processes; expected step(owned)", kind_));
    update_all();
}

void Optimizer::step(std::span<const Stretch> owned) {
    require_stretches(owned);
    keep(owned);
    update_all();
}

void Optimizer::require_stretches(std::span<const Stretch> owned) const {
    const Stretch* before = nullptr;
    for (const Stretch& s : owned) {
        require(
            s.parameter < parameters_.size(), kind_.c_str(),
            [&] { return fmt::format("parameter {} of a stretch; there are {}", s.parameter, parameters_.size()); },
            Site::current());
        const Dim size = parameters_[s.parameter].size();
        const auto text = [&](const std::string& wanted) {
            return fmt::format("elements {} to {} of '{}'; expected {}", s.begin, s.end,
                               parameters_[s.parameter].name(), wanted);
        };
        require(
            0 <= s.begin && s.begin <= s.end && s.end <= size, kind_.c_str(),
            [&] { return text(fmt::format("a part of its {}", size)); }, Site::current());
        require(
            updates_stretches(s.parameter) || (s.begin == 0 && s.end == size), kind_.c_str(),
            [&] { return text("all: it is updated as a whole"); }, Site::current());
        require(
            !before || before->parameter < s.parameter || (before->parameter == s.parameter && before->end <= s.begin),
            kind_.c_str(),
            [&] {
                return text(fmt::format("stretches in order, and this one comes after element {} of '{}'", before->end,
                                        parameters_[before->parameter].name()));
            },
            Site::current());
        before = &s;
    }
}

// From now on the state of these elements alone.
void Optimizer::keep(std::span<const Stretch> owned) {
    std::vector<std::vector<State>> kept(parameters_.size());
    for (const Stretch& s : owned) kept[s.parameter].push_back({.begin = s.begin, .end = s.end});
    const auto is_kept = [&](std::size_t i) {
        return std::ranges::equal(kept[i], state_[i],
                                  [](const State& a, const State& b) { return a.begin == b.begin && a.end == b.end; });
    };
    const auto remembers = [&](std::size_t i) {
        return std::ranges::any_of(state_[i], [](const State& part) { return !part.arrays.empty(); });
    };
    for (std::size_t i = 0; in_parts_ && i < parameters_.size(); ++i)
        if (!is_kept(i) && remembers(i))
            throw Error(fmt::format("{}: a step owns other elements of '{}' than those before, whose state it keeps",
                                    kind_, parameters_[i].name()));
    in_parts_ = true;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (is_kept(i)) continue;
        for (State& part : kept[i]) {
            if (!remembers(i)) continue;
            for (const auto& [role, all] : state_[i][0].arrays) {
                const Real* const from = all.storage().data();
                Array& to = part.arrays.emplace(role, zeros_of(i, part)).first->second;
                std::copy(from + part.begin, from + part.end, to.data());
            }
        }
        state_[i] = std::move(kept[i]);
    }
}

void Optimizer::update_stretch(std::size_t i, Dim, Dim) { update(i); }

Array Optimizer::zeros_of(std::size_t i, const State& part) const {
    const bool all = part.end - part.begin == parameters_[i].size();
    return filled(all ? parameters_[i].shape() : Shape{part.end - part.begin}, 0);
}

Array& Optimizer::state(std::size_t i, std::string_view role) {
    if (part_ >= state_[i].size())
        throw Error(
            fmt::format("{}: another process keeps the state '{}' of '{}'", kind_, role, parameters_[i].name()));
    State& part = state_[i][part_];
    const auto found = part.arrays.find(role);
    if (found != part.arrays.end()) return found->second;
    const std::vector<std::string> known = roles(i);
    if (std::ranges::find(known, role) == known.end())
        throw Error(fmt::format("{}: roles({}) does not name '{}'", kind_, i, role));
    return part.arrays.emplace(role, zeros_of(i, part)).first->second;
}

const Array* Optimizer::find_state(std::size_t i, std::string_view role) const {
    const std::vector<State>& kept = state_.at(i);
    if (!is_whole(i)) return nullptr;
    const auto found = kept[0].arrays.find(role);
    return found == kept[0].arrays.end() ? nullptr : &found->second;
}

std::size_t Optimizer::state_bytes() const {
    std::size_t bytes = 0;
    for (const std::vector<State>& kept : state_)
        for (const State& part : kept)
            for (const auto& [role, value] : part.arrays)
                bytes += static_cast<std::size_t>(count(value)) * sizeof(Real);
    return bytes;
}

void Optimizer::put(Checkpoint& file) const {
    file.notes["steps"] = std::to_string(steps_);
    if (lazy()) file.notes["lazy"] = "true";
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (updates_[i] == 0) continue;  // no gradient has reached it yet
        const std::string& name = parameters_[i].name();
        file.notes["updates." + name] = std::to_string(updates_[i]);
        if (!row_updates_[i].empty()) {
            Ints counts = Ints::from_shape({static_cast<Dim>(row_updates_[i].size())});
            std::ranges::copy(row_updates_[i], counts.data());
            file.put("row_updates." + name, counts);
        }
        if (!in_parts_) {
            for (const auto& [role, value] : state_[i][0].arrays) file.put(role + "." + name, value);
            continue;
        }
        for (const std::string& role : roles(i)) {
            Checkpoint::Parts& parts = file.parts[role + "." + name] = {.shape = parameters_[i].shape()};
            for (const State& part : state_[i]) {
                const auto found = part.arrays.find(role);
                parts.list.emplace_back(part.begin, found == part.arrays.end() ? zeros_of(i, part) : found->second);
            }
        }
    }
}

// What the file has of this parameter's state: all of it, or parts.
std::vector<Optimizer::State> Optimizer::states_in(const Checkpoint& file, std::size_t i) const {
    const Var& p = parameters_[i];
    std::vector<State> states;
    for (const std::string& role : roles(i)) {
        const auto parts = file.parts.find(role + "." + p.name());
        if (parts == file.parts.end()) {
            if (states.empty()) states.push_back({.begin = 0, .end = p.size()});
            states[0].arrays.emplace(role, file.array(role + "." + p.name(), p.shape()));
            continue;
        }
        const auto& list = parts->second.list;
        for (std::size_t k = 0; k < list.size(); ++k) {
            const auto& [begin, values] = list[k];
            if (states.size() <= k) states.push_back({.begin = begin, .end = begin + count(values)});
            states[k].arrays.emplace(role, values);
        }
    }
    return states;
}

void Optimizer::get(const Checkpoint& file) {
    const Dim steps = file.number("steps");
    std::vector<std::vector<State>> state;
    std::vector<Dim> updates(parameters_.size());
    std::vector<std::vector<Dim>> row_updates(parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const Var& p = parameters_[i];
        const std::vector<std::string> wanted = roles(i);
        const std::string counted = "updates." + p.name();  // older files count steps only
        const auto held = [&](const std::string& role) { return file.holds(role + "." + p.name()); };
        const bool updated = file.notes.contains(counted) || std::ranges::any_of(wanted, held);
        state.push_back(updated && !wanted.empty() ? states_in(file, i)
                                                   : std::vector<State>{{.begin = 0, .end = p.size()}});
        if (updated) updates[i] = file.notes.contains(counted) ? file.number(counted) : steps;
        if (file.holds("row_updates." + p.name())) row_updates[i] = row_counts(file, p, updates[i]);
    }
    state_ = std::move(state);
    in_parts_ = !file.parts.empty();
    updates_ = std::move(updates);
    row_updates_ = std::move(row_updates);
    steps_ = steps;
}

}  // namespace heed::nn
