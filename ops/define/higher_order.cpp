// HigherOrder: gradients as recorded values.
#include <unordered_map>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {

HigherOrder::HigherOrder() {
    if (outer()) return;
    detail::makers = &makers_;
    detail::watching |= detail::watch_makers;
}
HigherOrder::~HigherOrder() {
    if (outer()) return;
    detail::makers = nullptr;
    detail::watching &= ~unsigned{detail::watch_makers};
}

void HigherOrder::remember(const Var& y, std::initializer_list<std::reference_wrapper<const In>> operands,
                           Derivative derivative) {
    std::vector<Var> list;
    for (const In& x : operands) list.push_back(x.var());
    remember(y, Ins(std::move(list)), std::move(derivative));
}

void HigherOrder::remember(const Var& y, const Ins& operands, Derivative derivative) {
    if (y.wants_grad()) made_.push_back({{operands.begin(), operands.end()}, y, std::move(derivative)});
}

namespace {

// dx summed over the axes along which a value of this shape was broadcast.
Var summed_to(const Var& dx, const Shape& shape) {
    if (dx.shape() == shape) return dx;
    const std::size_t extra = dx.shape().size() - shape.size();
    Axes stretched;
    for (std::size_t i = 0; i < dx.shape().size(); ++i)
        if (i < extra || shape[i - extra] != dx.shape()[i]) stretched.list.push_back(static_cast<Dim>(i));
    return reshape(stretched.list.empty() ? dx : sum(dx, stretched, keep_axis), shape);
}

}  // namespace

std::vector<Var> HigherOrder::gradient(const Var& y, const Ins& xs, Site at) {
    std::unordered_map<const detail::Node*, Var> grads;
    grads[&y.node()] = Var(filled(y.shape(), 1));
    const auto asked = [&](const detail::Node* v) {
        return std::any_of(xs.begin(), xs.end(), [&](const Var& x) { return &x.node() == v; });
    };
    for (std::size_t i = made_.size(); i-- > 0;) {
        const Made op = made_[i];  // a copy: its derivative makes more
        const auto found = grads.find(&op.y.node());
        if (found == grads.end()) continue;
        const Var dy = found->second;
        if (!asked(found->first)) grads.erase(found);
        const std::vector<Var> dx = op.derivative(op.operands, op.y, dy);
        for (std::size_t k = 0; k < dx.size(); ++k) {
            if (!dx[k].defined() || !op.operands[k].wants_grad()) continue;
            Var& grad = grads[&op.operands[k].node()];
            const Var part = summed_to(dx[k], op.operands[k].shape());
            grad = grad.defined() ? grad + part : part;
        }
    }
    for (const auto& [node, grad] : grads) {
        if (node->leaf || asked(node)) continue;
        const auto maker = detail::makers->find(node);
        const std::string made =
            maker == detail::makers->end()
                ? "a value that was made before"
                : fmt::format("the result of {} (called from {}:{}), whose backward is not written with ops",
                              maker->second.op, maker->second.at.file, maker->second.at.line);
        throw TapeError(fmt::format("HigherOrder: a gradient of shape {} arrives at {}\n  called from {}:{}",
                                    to_string(node->shape()), made, at.file, at.line));
    }
    std::vector<Var> result;
    for (const Var& x : xs) {
        const auto found = grads.find(&x.node());
        if (found == grads.end())
            throw TapeError(fmt::format("HigherOrder: y does not depend on x[{}] of shape {}\n  called from {}:{}",
                                        result.size(), to_string(x.shape()), at.file, at.line));
        result.push_back(found->second);
    }
    return result;
}

}  // namespace heed
