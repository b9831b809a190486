// Nodes and values: making them, and reading and writing their value and gradient.
#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/core/tape.hpp>

namespace heed {

using detail::Node;

namespace detail {

Node* Node::make(Array&& value, bool shared) {
    Block* block = allocate_block(sizeof(Node));
    return new (block->payload()) Node(std::move(value), shared);
}

void Node::destroy(Node* node) noexcept {
    delete node->leaf;
    delete node->hooks;
    node->~Node();
    release(Block::of(node));
}

}  // namespace detail

List<Slot> Ins::slots() const {
    List<Slot> slots;
    slots.reserve(size());
    for (const Var& x : vars_) slots.emplace_back(&x.node());
    return slots;
}

Var Var::leaf(Array value, std::string name) {
    Node* node = Node::make(std::move(value), true);
    node->leaf = new detail::Leaf;
    node->leaf->name = std::move(name);
    return adopt(node);
}

Dim Var::dim(Dim axis, Site at) const {
    const Dim i = axis < 0 ? axis + rank() : axis;
    require(
        0 <= i && i < rank(), "dim",
        [&] { return fmt::format("axis {} of a value of shape {}", axis, to_string(shape())); }, at);
    return shape()[static_cast<std::size_t>(i)];
}

Real Var::item(Site at) const {
    expect(size() == 1, "item", "x", shape(), "one element", at);
    return *value().storage().data();
}

Var Var::detach() const { return Var(value()); }

const Array Var::grad(Site at) const {
    if (!has_grad()) {
        throw TapeError(fmt::format(
            "grad: no gradient has reached '{}'; was it used to compute the loss, and backward() called since the last "
            "step of the optimizer?\n  called from {}:{}",
            is_leaf() ? name() : "a value that is no leaf", at.file, at.line));
    }
    return array_over(node().grad.sum(), shape());
}

void Var::set_grad(Array grad) const {
    expect(
        Shape(grad.shape()) == shape(), "set_grad", "grad", grad.shape(), [&] { return to_string(shape()); },
        Site::current());
    clear_grad();
    node().grad.add(std::move(grad.storage()));
}

const std::string& Var::name() const {
    static const std::string none;
    return is_leaf() ? node().leaf->name : none;
}

void Var::freeze(bool frozen) const {
    if (!is_leaf()) throw TapeError("freeze: only a leaf can be frozen; use detach() for other values");
    node().leaf->frozen = frozen;
    if (frozen) node().grad = {};
}

Array& Var::mutable_value(const char* writer) const {
    Node& n = node();
    ++n.version;
    n.changed_by = writer;
    return n.value;
}

void Var::refuse_empty() { throw TapeError("an empty Var was used: it was default-constructed or moved from"); }

}  // namespace heed
