// The checkpoints of a run.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/training/checkpoints.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/shards/join_parts.hpp>

namespace heed::training {

Checkpoints::Checkpoints(std::filesystem::path folder, Dim keep, Identity identity, const nn::Params& params,
                         nn::Optimizer& optimizer, nn::Ema* ema, Stepper& stepper, Group& group)
    : folder_(std::move(folder)), keep_(keep), identity_(std::move(identity)), params_(params), optimizer_(optimizer),
      ema_(ema), stepper_(stepper), group_(group) {}

// Of the optimiser and of the steps: whole in the leading process.
nn::Checkpoint Checkpoints::states() const {
    nn::Checkpoint file;
    group_.together([&] {
        file.put("optimizer.", optimizer_);
        stepper_.put(file);
    });
    join_parts(group_, file);
    return file;
}

nn::Checkpoint Checkpoints::whole(const RunState& s, nn::Checkpoint file) const {
    file.put("model.", params_);
    if (ema_) file.put("ema.", *ema_);
    file.notes["identity"] = to_json(identity_.fields);
    for (const auto& [name, value] : {std::pair{"step", s.step},
                                      {"steps", s.steps},
                                      {"best_step", s.best_step},
                                      {"waiting", s.waiting},
                                      {"all_skipped", s.skipped}})
        file.notes[name] = std::to_string(value);
    for (const auto& [name, value] :
         {std::pair{"minutes", s.minutes}, {"seconds", s.seconds}, {"cpu_seconds", s.cpu_seconds}, {"best", s.best}})
        file.notes[name] = fmt::format("{}", value);
    file.notes["metrics"] = fmt::format("{}", fmt::join(s.metrics, " "));
    return file;
}

std::string Checkpoints::load(RunState& s, const std::string& config) const {
    std::string warning;
    const std::filesystem::path path = folder_ / "checkpoint.safetensors";
    if (folder_.empty() || (!std::filesystem::exists(path) && !std::filesystem::exists(path.string() + ".previous")))
        return warning;
    const nn::Checkpoint file = nn::Checkpoint::load_latest(path, warning);
    require_identity(file.notes, path, identity_, config);
    file.get("model.", params_);
    file.get(optimizer_prefix(file), optimizer_);
    if (ema_) file.get("ema.", *ema_);
    stepper_.get(file);
    s = {.step = file.number("step"),
         .steps = file.number("steps"),
         .minutes = file.notes.contains("minutes") ? file.real("minutes") : minutes_beside(path),
         .seconds = file.real("seconds"),
         .cpu_seconds = file.real("cpu_seconds"),
         .best = file.real("best"),
         .best_step = file.number("best_step"),
         .waiting = file.number("waiting"),
         .skipped = file.number("all_skipped"),
         .metrics = file.notes.contains("metrics") ? file.reals("metrics") : std::vector<double>{}};
    return warning;
}

void Checkpoints::write(FunctionRef<void()> act) const {
    if (!folder_.empty()) group_.by_leader(act);
}

void Checkpoints::last(const RunState& state) const {
    if (folder_.empty()) return;
    const nn::Checkpoint all = states();
    write([&] { whole(state, all).save_keeping_previous(folder_ / "checkpoint.safetensors"); });
}

void Checkpoints::best(const RunState& state) const {
    write([&] {
        nn::Checkpoint file;
        file.put("model.", params_);
        file.notes["step"] = std::to_string(state.step);
        file.save(folder_ / "best.safetensors");
    });
}

void Checkpoints::kept(const RunState& state) const {
    if (keep_ <= 0 || folder_.empty()) return;
    const nn::Checkpoint all = states();
    write([&] {
        whole(state, all).save(folder_ / fmt::format("step-{:09}.safetensors", state.step));
        remove_old();
    });
}

void Checkpoints::remove_old() const {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
        const std::string file = entry.path().filename().string();
        if (file.starts_with("step-") && file.ends_with(".safetensors")) all.push_back(entry.path());
    }
    std::sort(all.begin(), all.end());
    for (std::size_t i = 0; i + static_cast<std::size_t>(keep_) < all.size(); ++i) std::filesystem::remove(all[i]);
}

void load_best(const std::filesystem::path& folder, const nn::Params& params) {
    nn::Checkpoint::load(folder / "best.safetensors").get("model.", params);
}

void load_best(const std::filesystem::path& folder, const nn::Params& params, Group& group) {
    group.by_leader([&] { load_best(folder, params); });
    if (group.size() == 1) return;
    constexpr std::size_t most = std::size_t{1} << 26;  // bytes at once
    for (const Var& p : params.list()) {
        const std::span<Real> values(p.mutable_value("load_best").storage());
        std::span<std::byte> left = std::as_writable_bytes(values);
        for (; !left.empty(); left = left.subspan(std::min(most, left.size()))) {
            const std::span<std::byte> some = left.first(std::min(most, left.size()));
            group.share_parts(some, std::vector(static_cast<std::size_t>(group.size()), some.size()));
        }
    }
}

}  // namespace heed::training
