// Collecting a profile.
#include <algorithm>
#include <map>
#include <heed/core/base/scope.hpp>
#include <heed/core/observe/check.hpp>
#include <heed/core/observe/profiler.hpp>

namespace heed {

namespace detail {

Profiler* profiler() {
    const Profiling* const on = Profiling::innermost();
    return on ? on->profiler_ : nullptr;
}

constinit std::atomic<int> counting{0};
constinit std::atomic<std::uint64_t> counted{0};

void Profiler::begin() {
    began_ = last_ = now();
    flops_ = counted.load(std::memory_order_relaxed);
    bytes_ = 0;
}

void Profiler::end() {
    between();
    total += now() - began_;
}

void Profiler::add(ProfiledCall::Phase phase, std::string_view op, const Shape& shape) {
    const std::int64_t ended = now();
    const std::uint64_t flops = counted.load(std::memory_order_relaxed);
    calls.push_back({phase, kept(op), kept(Scope::current()), shape, last_, ended - last_, flops - flops_, bytes_});
    flops_ = flops;
    bytes_ = 0;
    last_ = now();  // the profiler's own work is nobody's
}

void Profiler::forward(std::string_view op, const Shape& shape, std::uint64_t bytes, const void* result, bool recorded,
                       std::span<const ProfiledOperand> operands) {
    pass(bytes);
    add(ProfiledCall::forward, op, shape);
    const std::size_t call = calls.size() - 1;
    for (const ProfiledOperand& x : operands) {
        const auto maker = x.made ? makers_.find(x.node) : makers_.end();
        arrows.push_back(
            {call, maker == makers_.end() ? Arrow::none : maker->second, x.node, x.leaf, std::string(x.name), x.shape});
    }
    if (!recorded) unrecorded.insert(call);
    makers_[result] = call;
    last_ = now();
}

void Profiler::new_tape() {
    between();
    first_of_graph = calls.size();
    arrows.clear();
    unrecorded.clear();
    makers_.clear();
    last_ = now();
}

}  // namespace detail

Profile::Profile() : profiler_(std::make_unique<detail::Profiler>()) {}
Profile::~Profile() = default;
const std::vector<ProfiledCall>& Profile::calls() const { return profiler_->calls; }
double Profile::seconds() const { return 1e-9 * static_cast<double>(profiler_->total); }

namespace {
void add(Profile::Row& row, const ProfiledCall& call) {
    Profile::Cost& cost = call.phase == ProfiledCall::forward    ? row.forward
                          : call.phase == ProfiledCall::backward ? row.backward
                                                                 : row.other;
    ++cost.calls;
    cost.seconds += 1e-9 * static_cast<double>(call.time);
    row.flops += static_cast<double>(call.flops);
    row.bytes += static_cast<double>(call.bytes);
}

// The row of that name, made if there is none yet.
class Rows {
public:
    Profile::Row& operator[](std::string_view name) {
        const auto [at, fresh] = places_.emplace(name, list.size());
        if (fresh) list.push_back({.name = std::string(name)});
        return list[at->second];
    }
    std::vector<Profile::Row> list;

private:
    std::map<std::string, std::size_t, std::less<>> places_;
};
}  // namespace

std::vector<Profile::Row> Profile::by_op() const {
    Rows rows;
    for (const ProfiledCall& call : calls()) add(rows[call.op], call);
    std::stable_sort(rows.list.begin(), rows.list.end(),
                     [](const Row& a, const Row& b) { return a.seconds() > b.seconds(); });
    return std::move(rows.list);
}

std::vector<Profile::Row> Profile::by_layer() const {
    Rows rows;
    for (const ProfiledCall& call : calls()) {
        if (call.layer.empty()) add(rows["(no layer)"], call);
        else
            for (std::size_t end = 0; end != std::string_view::npos;) {
                end = call.layer.find('.', end == 0 ? 0 : end + 1);
                add(rows[call.layer.substr(0, end)], call);
            }
    }
    return std::move(rows.list);
}

Profiling::Profiling(Profile& profile) : profiler_(profile.profiler_.get()) {
    if (outer()) outer()->profiler_->end();
    detail::watching |= detail::watch_time;
    ++detail::counting;
    profiler_->begin();
}

Profiling::~Profiling() {
    profiler_->end();
    --detail::counting;
    if (outer()) outer()->profiler_->begin();
    else detail::watching &= ~static_cast<unsigned>(detail::watch_time);
}

ProfiledPart::ProfiledPart(std::string_view name) : name_(name) {
    if (detail::Profiler* const profiler = detail::profiler()) profiler->between();
}
ProfiledPart::~ProfiledPart() {
    if (detail::Profiler* const profiler = detail::profiler()) profiler->other(name_);
}

}  // namespace heed
