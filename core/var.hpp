#pragma once
// Var, the handle of a value that may take part in differentiation, and In, an operand on its way into an op.
#include <vector>
#include <heed/core/base/list.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/node.hpp>

namespace heed {

// Where an operand's gradient goes; keeps no value alive. Empty for an operand that wants none.
class HEED_ABI Slot {
public:
    Slot() = default;
    [[gnu::always_inline]] explicit Slot(detail::Node* node)
        : node_(node && recording() && node->wants_grad() ? node : nullptr) {
        if (!node_) return;
        if (node_->leaf) detail::keep(*node_);
        else node_->add(detail::Node::holder);
    }
    Slot(const Slot& other) : Slot(other.node_) {}
    Slot(Slot&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    Slot& operator=(Slot other) noexcept {
        std::swap(node_, other.node_);
        return *this;
    }
    ~Slot() {
        if (node_ && !node_->leaf) node_->drop(detail::Node::holder);
    }
    explicit operator bool() const { return node_ != nullptr; }   // does the operand want a gradient?
    bool takes_more() const { return node_->grad.takes_more(); }  // may the next contribution be added in place?
    const Shape& shape() const { return node_->shape(); }
    // Sums axes that were broadcast back to shape(), then adds. Takes the array over: move it where it is not needed
    // any more.
    void add_grad(Array&& dx) const;
    void add_grad(const Array& dx) const { add_grad(Array(dx)); }
    // For an op that reads a part of its operand: `adder` adds dx in place to that part, which has `elements` elements,
    // of a gradient (in shape(), zeros at first).
    void add_grad_part(const Array& dx, Dim elements, FunctionRef<void(Real* grad)> adder) const;
    // The same where that part are rows of the first axis, those at `ids`: a leaf remembers which (Var::touched_rows).
    void add_grad_rows(const Array& dx, Dim elements, const Ints& ids, FunctionRef<void(Real* grad)> adder) const;

private:
    detail::Node* node_ = nullptr;
};

// What may stand for a constant, beside a Scalar: any xtensor expression.
template <class E>
concept Expression = xt::is_xexpression<std::remove_cvref_t<E>>::value;

namespace detail {

// Is E what xtensor's functions return that rearrange one of heed's arrays? Some differ from heed's of the same name.
template <class E>
struct RearrangedByXtensor : std::false_type {};
template <class T, class S, xt::layout_type L, class F>
struct RearrangedByXtensor<xt::xstrided_view<T, S, L, F>> : IsArrayOf<std::remove_cvref_t<T>> {};
template <class T, class R>
struct RearrangedByXtensor<xt::xrepeat<T, R>> : IsArrayOf<std::remove_cvref_t<T>> {};

template <Expression E>
Array constant_of(E&& expression) {
    static_assert(
        !RearrangedByXtensor<std::remove_cvref_t<E>>::value,
        "this is xtensor's transpose, flip or repeat of an Array, not heed's: write heed::transpose(x) ..., or "
        "Array(...) around it if xtensor's is meant");
    return Array(std::forward<E>(expression));
}
template <Scalar S>
Array constant_of(S value) {
    return Array(static_cast<Real>(value));
}

}  // namespace detail

// The index of a slice, with the line that asks for it; below 0 it counts from the end.
struct Index {
    template <std::integral I>
    Index(I index, Site site = Site::current()) : value(static_cast<Dim>(index)), at(site) {}
    Dim value;
    Site at;
};

// A handle to a value. Copies share it.
class HEED_ABI Var {
public:
    Var() = default;
    Var(Array value) : node_(detail::Node::make(std::move(value), true)) {}  // a constant
    template <Expression E>
        requires(!std::same_as<std::remove_cvref_t<E>, Array>)
    Var(E&& value) : Var(detail::constant_of(std::forward<E>(value))) {}  // a constant
    template <Scalar S>
    Var(S value) : Var(detail::constant_of(value)) {}         // a constant of rank 0
    static Var leaf(Array value, std::string name = "leaf");  // collects a gradient
    Var(const Var& other) : node_(other.node_) {
        if (node_) node_->add(detail::Node::reader);
    }
    Var(Var&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    Var& operator=(Var other) noexcept {
        std::swap(node_, other.node_);
        return *this;
    }
    ~Var() {
        if (node_) node_->drop(detail::Node::reader);
    }

    bool defined() const { return node_ != nullptr; }  // false for one that was default-constructed or moved from
    explicit operator bool() const = delete;  // no truth value: x.item() has one, and x.defined() is another question
    const Array& value() const { return node().value; }
    const Shape& shape() const { return node().shape(); }
    Dim rank() const { return shape().rank(); }
    Dim dim(Dim axis, Site at = Site::current()) const;  // negative axes count from the end
    Dim size() const { return shape().count(); }
    Real item(Site at = Site::current()) const;  // of a value with one element
    // The slice of this index of the first axis; the element or the slice of these indices of the first axes. Ops, with
    // a gradient: ops/shape/pick.cpp.
    Var operator[](Index index) const;
    template <std::integral... More>
    Var operator()(Index first, More... more) const {
        return at({first.value, static_cast<Dim>(more)...}, first.at);
    }
    Var detach() const;  // the same values, shared, as a constant

    bool is_leaf() const { return node().leaf != nullptr; }
    bool wants_grad() const { return node().wants_grad(); }
    bool has_grad() const { return bool(node().grad); }
    const Array grad(
        Site at = Site::current()) const;  // of a leaf, its memory shared; throws TapeError if none has reached it
    // Of a leaf: the rows of its first axis that its gradient was added to, as by ids of take_rows(); the others are 0.
    // Null where anything else was added, so that all rows are touched; and while there is no gradient, of no use.
    const RowSet* touched_rows() const { return node().grad.rows(); }
    void set_grad(Array grad) const;
    void clear_grad() const { node().grad.clear(); }
    const std::string& name() const;  // of a leaf: its path in the store
    void freeze(bool frozen = true) const;

    // Calls `hook` in every sweep that reaches this value, once, when the last contribution of that sweep to its
    // gradient has arrived. The gradient that the hook returns, of the same shape, replaces the one it was given; a
    // hook that only reads returns that one. Hooks run in the order in which they were added. Those of a leaf stay
    // until clear_hooks(), get the gradient of this sweep alone, and do not run in gradient(), which leaves the
    // gradients of leaves as they are; those of other values end with the value. What a hook throws ends the sweep.
    // Throws TapeError for a constant.
    void on_gradient(GradientHook hook, Site at = Site::current()) const;
    void clear_hooks() const;

    // The value, for writing. What a tape has saved of it becomes stale, and the error of the sweep names this
    // `writer`.
    Array& mutable_value(const char* writer = "mutable_value") const;

    detail::Node& node() const {
        if (!node_) [[unlikely]]
            refuse_empty();
        return *node_;
    }
    static Var adopt(detail::Node* node) {  // takes over one reader
        Var v;
        v.node_ = node;
        return v;
    }

private:
    [[noreturn]] static void refuse_empty();
    Var at(std::initializer_list<Dim> indices, Site site) const;
    detail::Node* node_ = nullptr;
};

// An operand together with the line that passed it, so that errors can point there. Passing borrows; a copy, as a
// closure makes one, keeps the value alive and remembers its version, so that value() refuses a value that was
// overwritten since.
class HEED_ABI In {
public:
    In(const Var& v, Site site = Site::current()) : at(site), node_(&v.node()) {}
    template <Expression E>
    In(E&& value, Site site = Site::current())
        : In(detail::Node::make(detail::constant_of(std::forward<E>(value)), true), site) {}
    template <Scalar S>
    In(S value, Site site = Site::current()) : In(detail::Node::make(detail::constant_of(value), true), site) {}
    In(const In& other) : at(other.at), node_(other.node_) { hold(); }
    In(In&& other)
        : at(other.at), node_(other.node_), version_(other.version_), counted_(std::exchange(other.counted_, false)),
          kept_(other.kept_) {
        if (!kept_ && !counted_) hold();
    }
    In& operator=(const In&) = delete;
    ~In() {
        if (counted_) node_->drop(detail::Node::reader);
    }

    const Array& value() const {
        if (kept_) node_->check_version(version_);
        return node_->value;
    }
    const Real* data() const { return value().storage().data(); }
    const Shape& shape() const { return node_->shape(); }
    Dim rank() const { return shape().rank(); }
    Dim dim(Dim axis) const { return shape()[static_cast<std::size_t>(axis < 0 ? axis + rank() : axis)]; }
    Dim size() const { return shape().count(); }
    bool wants_grad() const { return node_->wants_grad(); }
    [[gnu::always_inline]] Slot slot() const {
        return Slot(node_);
    }  // empty unless a tape records and the operand wants a gradient
    Var var() const {
        node_->add(detail::Node::reader);
        return Var::adopt(node_);
    }
    detail::Node& node() const { return *node_; }

    Site at;

private:
    In(detail::Node* constant, Site site) : at(site), node_(constant), counted_(true) {}
    // What threads share is counted atomically, which is slow: the tape keeps it instead, once for all of its ops.
    [[gnu::always_inline]] void hold() {
        version_ = node_->version;
        kept_ = true;
        if (node_->shared && recording()) return detail::keep(*node_);
        counted_ = !node_->leaf;
        if (counted_) node_->add(detail::Node::reader);
    }
    detail::Node* node_;
    std::uint32_t version_ = 0;
    bool counted_ = false;  // this copy holds a reference
    bool kept_ = false;     // a copy, perhaps read long after the call
};

// A list of operands, with the line that passed it: {a, b}, a List or a vector.
class HEED_ABI Ins {
public:
    Ins(std::initializer_list<Var> list, Site site = Site::current()) : at(site), vars_(list) {}
    Ins(List<Var> list, Site site = Site::current()) : at(site), vars_(std::move(list)) {}
    Ins(const std::vector<Var>& list, Site site = Site::current()) : at(site), vars_(list.begin(), list.end()) {}
    std::size_t size() const { return vars_.size(); }
    const Var& operator[](std::size_t i) const { return vars_[i]; }
    auto begin() const { return vars_.begin(); }
    auto end() const { return vars_.end(); }
    List<Slot> slots() const;

    Site at;

private:
    List<Var> vars_;
};

}  // namespace heed
