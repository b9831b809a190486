// Hooks: what is called with complete gradients.
#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/core/tape.hpp>

namespace heed {

void Var::on_gradient(GradientHook hook, Site at) const {
    detail::Node& n = node();
    if (!n.leaf && !n.wants_grad()) {
        throw TapeError(fmt::format("on_gradient: a constant of shape {} gets no gradient\n  called from {}:{}", to_string(shape()), at.file,
                                    at.line));
    }
    if (!n.hooks) n.hooks = new detail::Hooks;
    n.hooks->list.push_back({std::move(hook), at});
}

void Var::clear_hooks() const {
    if (node().hooks) node().hooks->list.clear();
}

void detail::run_hooks(Node& node) {
    Storage<Real> earlier = std::exchange(node.hooks->earlier, {});
    const std::vector<Hooks::Hook> hooks = node.hooks->list;  // a hook may clear them
    for (const auto& [hook, added] : hooks) {
        Array gradient = hook(array_over(std::exchange(node.grad, {}), node.shape()));
        expect(gradient.shape() == node.shape(), "on_gradient", "gradient", gradient.shape(),
               [&] { return to_string(node.shape()) + ", the shape of the value"; }, added);
        node.grad = std::move(gradient.storage());
    }
    if (earlier) add_to(node.grad, earlier);
}

}  // namespace heed
