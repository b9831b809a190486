// The backward sweep: where gradients go, in which order, and what is left when one fails.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/broadcast.hpp>
#include <heed/core/observe/profiler.hpp>
#include <heed/core/tape_parts.hpp>

namespace heed {

using detail::Gradient;
using detail::Node;
using detail::Step;

namespace {

thread_local Tape* sweeping = nullptr;  // the tape whose sweep runs; not that of a part inside it (checkpoint)
thread_local const Step* step_in_sweep = nullptr;

// What gradient() asks for: while set, leaves and values of tapes outside `tape` collect nothing unless they are asked
// for.
struct Wanted {
    std::uint64_t tape;
    const std::vector<Node*>* nodes;
    std::vector<Gradient>* grads;
    Gradient* slot_of(const Node* node) const {
        for (std::size_t i = 0; i < nodes->size(); ++i)
            if ((*nodes)[i] == node) return &(*grads)[i];
        return nullptr;
    }
};
thread_local const Wanted* wanted = nullptr;

// The gradient to which a contribution to that of `node` is added: the node's own, or the one that gradient() asked
// for. Null if nobody wants it.
Gradient* gradient_for(Node& node, const Array& dx) {
    if (detail::watching != 0) [[unlikely]]
        detail::watch_gradient(step_in_sweep ? step_in_sweep->op : "add_grad", dx);
    if (wanted && (node.leaf || node.tape < wanted->tape)) return wanted->slot_of(&node);
    if (const detail::GradientsTo* const to = node.leaf ? detail::GradientsTo::innermost() : nullptr; to && to->part)
        return &to->part->gradient_of(node);
    if (sweeping && (node.leaf || node.tape < sweeping->id()))
        sweeping->touch(&node);  // the tapes of its parts are younger
    return &node.grad;
}

}  // namespace

namespace detail {

void check_numbers(const char* op, const char* what, const Array& x) {
    const Real* values = x.storage().data();
    for (Dim i = 0, n = count(x); i < n; ++i) {
        if (std::isfinite(values[i])) continue;
        const Real value = std::isnan(values[i]) ? std::abs(values[i]) : values[i];  // the sign of a NaN means nothing
        std::vector<Dim> index(x.dimension());
        Dim rest = i;
        for (std::size_t axis = x.dimension(); axis-- > 0; rest /= x.shape()[axis])
            index[axis] = rest % x.shape()[axis];
        throw NumberError(fmt::format("{}{}: its {} of shape {} holds {} at ({})", op, scope_suffix(), what,
                                      to_string(x.shape()), value, fmt::join(index, ", ")));
    }
}

void Node::refuse_version(const Node& node) {
    throw TapeError(fmt::format("{}: a value of shape {} that it saved was changed by {} after it was recorded",
                                step_in_sweep ? step_in_sweep->op : "value", to_string(node.shape()), node.changed_by));
}

}  // namespace detail

void Slot::add_grad(Array&& dx) const {
    if (!node_) return;
    if (!(dx.shape() == shape())) dx = sum_to(dx, shape());
    if (Gradient* grad = gradient_for(*node_, dx)) grad->add(std::move(dx.storage()));
}

void Slot::add_grad_part(const Array& dx, Dim elements, FunctionRef<void(Real* grad)> adder) const {
    if (Gradient* grad = node_ ? gradient_for(*node_, dx) : nullptr)
        adder(grad->part(static_cast<std::size_t>(shape().count()), static_cast<std::size_t>(elements)));
}

void Slot::add_grad_rows(const Array& dx, Dim elements, const Ints& ids, FunctionRef<void(Real* grad)> adder) const {
    Gradient* grad = node_ ? gradient_for(*node_, dx) : nullptr;
    if (!grad) return;
    const auto size = static_cast<std::size_t>(shape().count()), many = static_cast<std::size_t>(elements);
    const bool kept = node_->leaf && !wanted;  // elsewhere nobody asks which rows
    adder(kept ? grad->part_of_rows(size, many, shape()[0], {ids.storage().data(), ids.storage().size()})
               : grad->part(size, many));
}

void Tape::touch(Node* node) {
    if (node->leaf) {
        std::uint64_t none = 0;
        if (node->leaf->swept_by.load(std::memory_order_relaxed) == id_) return;
        if (!node->leaf->swept_by.compare_exchange_strong(none, id_, std::memory_order_acquire))
            throw TapeError(
                fmt::format("backward: two sweeps reach '{}' at the same time; give each thread its own parameters, or "
                            "sweep one after the other",
                            node->leaf->name));
        touched_.push_back(node);
        if (node->hooks) node->hooks->earlier = std::exchange(node->grad, {});
    } else if (!node->grad) {
        touched_.push_back(node);
    }
}

void Tape::sweep(Node& from, Array dy, Sweep how) {
    struct Running {
        Tape* tape;
        Sweep how;
        Tape* outer = std::exchange(sweeping, how == Sweep::inside ? sweeping : tape);
        const Step* outer_step = step_in_sweep;
        bool done = false;
        ~Running() {
            for (Node* node : tape->touched_) {
                if (!done) drop_gradient(*node);  // a sweep that throws leaves no gradient behind
                if (node->leaf) node->leaf->swept_by.store(0, std::memory_order_release);
            }
            tape->touched_.clear();
            if (!done)
                for (Step* step = tape->last_; step; step = step->previous) drop_gradient(*step->out);
            if (!done || how != Sweep::keep) tape->clear();
            if (TapeParts* const parts = done ? nullptr : TapeParts::of(*tape)) parts->drop_gradients();
            sweeping = outer;
            step_in_sweep = outer_step;
        }
        static void drop_gradient(Node& node) {
            node.grad = {};
            if (node.hooks) node.hooks->earlier = {};
        }
    } running{this, how};
    swept_ = how != Sweep::keep;
    from.grad.add(std::move(dy.storage()));
    const detail::GradientsTo* const around = detail::GradientsTo::innermost();
    detail::GradientsTo to(TapeParts::of(*this), how == Sweep::inside && around ? around->part : nullptr);
    detail::Profiler* const profiler = detail::profiler();
    if (profiler && how != Sweep::inside) profiler->between();
    std::size_t number = size_,
                incomplete = how == Sweep::inside ? 0 : leaves_.size();  // a part of a sweep completes no leaf
    for (Step* step = last_; step;) {
        step_in_sweep = step;
        if (to.parts) to.part = to.parts->part_of(number - 1);
        Node& out = *step->out;
        if (out.grad) {
            const Scope scope(step->scope);
            if (out.hooks) [[unlikely]]
                detail::run_hooks(out);
            if (Gradient* asked = wanted ? wanted->slot_of(&out) : nullptr) asked->add(Storage<Real>(out.grad.sum()));
            if (!(dy.shape() == out.shape())) dy = array_over(Storage<Real>(), out.shape());  // often unchanged
            dy.storage() = out.grad.take();
            if (profiler) profiler->pass(static_cast<std::uint64_t>(out.shape().count()) * sizeof(Real));
            step->run(*step, std::move(dy));
            if (profiler) profiler->backward(step->op, out.shape());
        }
        --number;
        for (; incomplete > 0 && leaves_[incomplete - 1].step == number; --incomplete) complete(incomplete - 1);
        Step* const before = step->previous;
        if (how != Sweep::keep) {
            last_ = before;
            step->destroy(*step);
        }
        step = before;
    }
    for (Node* node : touched_) node->grad.sum();
    running.done = true;
}

// The sweep has passed the step that used this leaf first: runs its hooks, and tells who waits for its gradient.
void Tape::complete(std::size_t use) {
    Node& leaf = *leaves_[use].leaf;
    const detail::CompleteLeaves* waiting = detail::CompleteLeaves::innermost();
    if (waiting && waiting->tape != this) waiting = nullptr;
    if (!(leaf.hooks || waiting) || leaf.leaf->swept_by.load(std::memory_order_relaxed) != id_) return;
    const auto same = [&leaf](const detail::LeafUse& earlier) {
        return earlier.leaf == &leaf;
    };  // where two tapes took turns to keep it
    if (std::any_of(leaves_.begin(), leaves_.begin() + static_cast<std::ptrdiff_t>(use), same)) return;
    if (leaf.hooks) detail::run_hooks(leaf);
    if (waiting) waiting->then(leaf);
}

namespace {
void expect_recorded(const char* op, const Tape* tape, const Var& y, bool swept, Site at) {
    if (tape && !y.is_leaf() && y.node().tape == tape->id() && !swept) return;
    const char* reason =
        swept && tape && y.node().tape == tape->id()
            ? "this recording was swept already, which freed it; record again, or sweep with keep_recording"
            : "nothing was recorded; was a Tape alive when the loss was computed?";
    throw TapeError(fmt::format("{}: {}\n  called from {}:{}", op, reason, at.file, at.line));
}
}  // namespace

void Tape::backward(const Var& loss, Sweep how, Site at) {
    if (loss.size() != 1)
        throw ShapeError(fmt::format(
            "backward: loss has shape {}; expected one element; reduce it with mean() or sum()\n  called from {}:{}",
            to_string(loss.shape()), at.file, at.line));
    expect_recorded("backward", this, loss, swept_, at);
    sweep(loss.node(), filled(loss.shape(), 1), how);
}

std::vector<Array> detail::gradient(const Var& y, const Ins& xs, std::optional<Array> dy, bool keep, Site at) {
    Tape* tape = Tape::current();
    expect_recorded("gradient", tape, y, tape && tape->swept_, at);
    if (dy)
        expect(
            dy->shape() == y.shape(), "gradient", "dy", dy->shape(), [&] { return to_string(y.shape()); }, at);
    std::vector<Node*> nodes;
    for (const Var& x : xs) nodes.push_back(&x.node());
    std::vector<Gradient> grads(nodes.size());
    const Wanted ask{tape->id(), &nodes, &grads};
    struct Asking {
        const Wanted* before;
        ~Asking() { wanted = before; }
    } asking{std::exchange(wanted, &ask)};
    tape->sweep(y.node(), dy ? std::move(*dy) : filled(y.shape(), 1), keep ? Tape::Sweep::keep : Tape::Sweep::free);
    std::vector<Array> result;
    for (std::size_t i = 0; i < grads.size(); ++i) {
        const Storage<Real>& got = ask.slot_of(nodes[i])->sum();  // the same x may be asked for twice
        if (!got)
            throw TapeError(fmt::format(
                "gradient: y does not depend on x[{}] of shape {}, or it was made before the tape\n  called from {}:{}",
                i, to_string(xs[i].shape()), at.file, at.line));
        result.push_back(array_over(got, xs[i].shape()));
    }
    return result;
}

}  // namespace heed
