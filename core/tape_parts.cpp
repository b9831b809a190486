// Parts of what a tape records.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/tape_parts.hpp>

namespace heed {

using detail::TapePart;

detail::Gradient& TapePart::gradient_of(Node& leaf) {
    Gradient*& gradient = found[&leaf];
    if (!gradient) {
        leaf.add(Node::reader);
        gradient = &gradients.emplace_back(Var::adopt(&leaf), Gradient()).second;
    }
    return *gradient;
}

TapeParts::TapeParts(const std::vector<Key>& keys, Site at) : tape_(0) {
    if (!Tape::current())
        throw TapeError(
            fmt::format("TapeParts: no tape is alive that could have parts\n  called from {}:{}", at.file, at.line));
    tape_ = Tape::current()->id();
    for (const Key& key : keys) parts_.emplace_back(key);
}

TapeParts* TapeParts::of(const Tape& tape) {
    TapeParts* parts = innermost();
    while (parts && parts->tape_ != tape.id()) parts = parts->outer();
    return parts;
}
TapeParts* TapeParts::current() {
    const Tape* const tape = Tape::current();
    return tape && innermost() && innermost()->tape_ == tape->id() ? innermost() : nullptr;
}

TapePart* TapeParts::at(std::size_t part, Site site) {
    require(
        part < parts_.size(), "TapeParts",
        [&] { return fmt::format("part {} of a tape of {} parts", part, parts_.size()); }, site);
    return &parts_[part];
}

TapePart* TapeParts::part_of(std::size_t step) const {
    const auto next = std::ranges::upper_bound(switches_, step, {}, &Switch::step);
    return next == switches_.begin() ? nullptr : std::prev(next)->part;
}

void TapeParts::move_to(TapePart* part) {
    now_ = part;
    const std::size_t step = Tape::current()->size();
    if (!switches_.empty() && switches_.back().step == step) switches_.back().part = part;
    else switches_.push_back({step, part});
}

void TapeParts::drop_gradients() {
    for (TapePart& part : parts_) part.gradients.clear(), part.found.clear();
}

void TapeParts::deliver(std::size_t part, Site at_) {
    TapePart& from = *at(part, at_);
    for (auto& [leaf, gradient] : from.gradients) {
        detail::Node& node = leaf.node();
        if (!node.hooks) {
            node.grad.add(std::move(gradient));
            continue;
        }
        node.hooks->earlier = std::exchange(node.grad, {});
        node.grad = std::move(gradient);
        detail::run_hooks(node);
    }
    from.gradients.clear();
    from.found.clear();
}

InPart::InPart(std::size_t part, Site at) : parts_(TapeParts::current()) {
    if (!parts_) return;
    before_ = parts_->now();
    parts_->move_to(parts_->at(part, at));
}
InPart::~InPart() {
    if (parts_) parts_->move_to(before_);
}

}  // namespace heed
