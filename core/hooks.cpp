// Hooks: what is called with complete gradients.
#include <fmt/format.h>
#include <heed/core/tape.hpp>

namespace heed {

void Var::on_gradient(GradientHook hook, Site at) const {
    detail::Node& n = node();
    if (!n.leaf && !n.wants_grad()) {
        throw TapeError(fmt::format("on_gradient: a constant of shape {} gets no gradient\n  called from {}:{}",
                                    to_string(shape()), at.file, at.line));
    }
    if (!n.hooks) n.hooks = new detail::Hooks;
    n.hooks->list.push_back({std::move(hook), at});
}

void Var::clear_hooks() const {
    if (node().hooks) node().hooks->list.clear();
}

void detail::run_hooks(Node& node) {
    Gradient earlier = std::exchange(node.hooks->earlier, {});
    const std::vector<Hooks::Hook> hooks = node.hooks->list;  // a hook may clear them
    for (const auto& [hook, added] : hooks) {
        Array gradient = hook(array_over(node.grad.take(), node.shape()));
        expect(
            gradient.shape() == node.shape(), "on_gradient", "gradient", gradient.shape(),
            [&] { return to_string(node.shape()) + ", the shape of the value"; }, added);
        node.grad.add(std::move(gradient.storage()));
    }
    if (!earlier) return;
    earlier.add(node.grad.take());
    node.grad = std::move(earlier);
}

}  // namespace heed
