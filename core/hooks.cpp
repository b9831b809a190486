// Hooks: what is called with complete gradients.
#include <algorithm>
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

namespace {

// A hook may have written anywhere: a row that it left at zero stays untouched.
void add_changed(RowSet& rows, const Array& gradient) {
    const Dim width = count(gradient) / std::max(Dim{1}, rows.rows());
    const Real* const values = gradient.storage().data();
    for (Dim row = 0; row < rows.rows(); ++row)
        if (std::any_of(values + row * width, values + (row + 1) * width, [](Real g) { return g != 0; })) rows.add(row);
}

}  // namespace

void detail::run_hooks(Node& node) {
    Gradient earlier = std::exchange(node.hooks->earlier, {});
    const std::vector<Hooks::Hook> hooks = node.hooks->list;  // a hook may clear them
    for (const auto& [hook, added] : hooks) {
        std::unique_ptr<RowSet> rows = node.grad.take_rows();
        Array gradient = hook(array_over(node.grad.take(), node.shape()));
        expect(
            gradient.shape() == node.shape(), "on_gradient", "gradient", gradient.shape(),
            [&] { return to_string(node.shape()) + ", the shape of the value"; }, added);
        if (rows) add_changed(*rows, gradient);
        node.grad.add(std::move(gradient.storage()), std::move(rows));
    }
    if (!earlier) return;
    earlier.add(std::move(node.grad));
    node.grad = std::move(earlier);
}

}  // namespace heed
