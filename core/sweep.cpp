// The backward sweep: where gradients go, in which order, and what is left when one fails.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/core/tape.hpp>

namespace heed {

using detail::Node;
using detail::Step;

namespace {

thread_local Tape* sweeping = nullptr;            // the tape whose sweep runs; not that of a part inside it (checkpoint)
thread_local const Step* step_in_sweep = nullptr;

// What gradient() asks for: while set, leaves and values of tapes outside `tape` collect nothing unless they are asked for.
struct Wanted {
    std::uint64_t tape;
    const std::vector<Node*>* nodes;
    std::vector<std::optional<Array>>* grads;
    std::optional<Array>* slot_of(const Node* node) const {
        for (std::size_t i = 0; i < nodes->size(); ++i)
            if ((*nodes)[i] == node) return &(*grads)[i];
        return nullptr;
    }
};
thread_local const Wanted* wanted = nullptr;

void add(std::optional<Array>& grad, Array&& dx) {
    if (grad) add_to(*grad, dx);
    else grad.emplace(std::move(dx));
}

// Where a contribution to a value's gradient goes: to what gradient() asked for, to the value itself, or to both.
struct Places {
    std::optional<Array>*asked = nullptr, *own = nullptr;
};

Places places_for(Node& node, const Array& dx) {
    if (checking_numbers()) [[unlikely]] detail::check_numbers(step_in_sweep ? step_in_sweep->op : "add_grad", "gradient", dx);
    Places to;
    if (wanted) {
        to.asked = wanted->slot_of(&node);
        if (node.leaf || node.tape < wanted->tape) return to;
    }
    if (sweeping && (node.leaf || node.tape < sweeping->id())) sweeping->touch(&node);  // the tapes of its parts are younger
    to.own = &node.grad;
    return to;
}

}  // namespace

namespace detail {

void check_numbers(const char* op, const char* what, const Array& x) {
    const Real* values = x.storage().data();
    for (Dim i = 0, n = count(x); i < n; ++i) {
        if (std::isfinite(values[i])) continue;
        const Real number = std::isnan(values[i]) ? std::abs(values[i]) : values[i];  // no sign: "-nan" says nothing
        std::vector<Dim> index(x.dimension());
        Dim rest = i;
        for (std::size_t axis = x.dimension(); axis-- > 0; rest /= x.shape()[axis]) index[axis] = rest % x.shape()[axis];
        throw NumberError(fmt::format("{}{}: its {} of shape {} holds {} at ({})", op, scope_suffix(), what, to_string(x.shape()), number,
                                      fmt::join(index, ", ")));
    }
}

void Node::refuse_version(const Node& node) {
    throw TapeError(fmt::format("{}: a value of shape {} that it saved was changed by {} after it was recorded",
                                step_in_sweep ? step_in_sweep->op : "value", to_string(node.shape), node.changed_by));
}

}  // namespace detail

void Slot::add_grad(Array&& dx) const {
    if (!node_) return;
    if (!(dx.shape() == node_->shape)) dx = sum_to(dx, node_->shape);
    const Places to = places_for(*node_, dx);
    if (to.asked) add(*to.asked, Array(dx));
    if (to.own) add(*to.own, std::move(dx));
}

void Slot::add_grad_part(const Array& dx, FunctionRef<void(Real* grad)> adder) const {
    if (!node_) return;
    const Places to = places_for(*node_, dx);
    for (std::optional<Array>* grad : {to.asked, to.own}) {
        if (!grad) continue;
        if (!*grad) *grad = filled(node_->shape, 0);
        adder((*grad)->data());
    }
}

void Tape::touch(Node* node) {
    if (node->leaf) {
        std::uint64_t nobody = 0;
        if (node->leaf->swept_by.load(std::memory_order_relaxed) == id_) return;
        if (!node->leaf->swept_by.compare_exchange_strong(nobody, id_, std::memory_order_acquire))
            throw TapeError(
                fmt::format("backward: two sweeps reach '{}' at the same time; give each thread its own parameters, or sweep one after the other",
                            node->leaf->name));
        touched_.push_back(node);
    } else if (!node->grad) {
        touched_.push_back(node);
    }
}

void Tape::sweep(Node& from, Array dy, bool inside) {
    struct Running {
        Tape* tape;
        bool inside;
        Tape* outer = std::exchange(sweeping, inside ? sweeping : tape);
        const Step* outer_step = step_in_sweep;
        bool done = false;
        ~Running() {
            for (Node* node : tape->touched_) {
                if (!done) node->grad.reset();  // a sweep that throws leaves no gradient behind
                if (node->leaf) node->leaf->swept_by.store(0, std::memory_order_release);
            }
            for (Step* step = tape->last_; step; step = step->previous) step->out->grad.reset();
            tape->touched_.clear();
            tape->clear();
            sweeping = outer;
            step_in_sweep = outer_step;
        }
    } running{this, inside};
    swept_ = true;
    add(from.grad, std::move(dy));
    while (Step* step = last_) {
        step_in_sweep = step;
        if (step->out->grad) {
            const Scope scope(step->scope);
            step->run(*step, std::move(*step->out->grad));
            step->out->grad.reset();
        }
        last_ = step->previous;
        step->destroy(*step);
    }
    running.done = true;
}

namespace {
void expect_recorded(const char* op, const Tape* tape, const Var& y, bool swept, Site at) {
    if (tape && !y.is_leaf() && y.node().tape == tape->id() && !swept) return;
    const char* reason = swept && tape && y.node().tape == tape->id() ? "this recording was swept already; record again, one sweep frees it"
                                                                      : "nothing was recorded; was a Tape alive when the loss was computed?";
    throw TapeError(fmt::format("{}: {}\n  called from {}:{}", op, reason, at.file, at.line));
}
}  // namespace

void Tape::backward(const Var& loss, Site at) {
    if (loss.size() != 1)
        throw ShapeError(fmt::format("backward: loss has shape {}; expected one element; reduce it with mean() or sum()\n  called from {}:{}",
                                     to_string(loss.shape()), at.file, at.line));
    expect_recorded("backward", this, loss, swept_, at);
    sweep(loss.node(), filled(loss.shape(), 1));
}

std::vector<Array> gradient(const Var& y, const Ins& xs, std::optional<Array> dy, Site at) {
    Tape* tape = Tape::current();
    expect_recorded("gradient", tape, y, tape && tape->swept_, at);
    if (dy) expect(dy->shape() == y.shape(), "gradient", "dy", dy->shape(), [&] { return to_string(y.shape()); }, at);
    std::vector<Node*> nodes;
    for (const Var& x : xs) nodes.push_back(&x.node());
    std::vector<std::optional<Array>> grads(nodes.size());
    const Wanted ask{tape->id(), &nodes, &grads};
    struct Asking {
        const Wanted* before;
        ~Asking() { wanted = before; }
    } asking{std::exchange(wanted, &ask)};
    Array seed = dy ? std::move(*dy) : filled(y.shape(), 1);
    if (std::optional<Array>* of_y = ask.slot_of(&y.node())) *of_y = seed;
    tape->sweep(y.node(), std::move(seed));
    std::vector<Array> result;
    for (std::size_t i = 0; i < grads.size(); ++i) {
        const std::optional<Array>& got = *ask.slot_of(nodes[i]);  // the same x may be asked for twice
        if (!got)
            throw TapeError(fmt::format("gradient: y does not depend on x[{}] of shape {}, or it was made before the tape\n  called from {}:{}", i,
                                        to_string(xs[i].shape()), at.file, at.line));
        result.push_back(*got);
    }
    return result;
}

}  // namespace heed
