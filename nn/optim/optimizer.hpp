#pragma once
// What all optimisers share. step() applies the gradients and clears them: there is no zero_grad. Calling backward()
// several times before a step accumulates. Parameters without a gradient stay as they are; if none has one, step()
// throws.
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <heed/nn/params/params.hpp>

namespace heed::nn {

class HEED_ABI Checkpoint;

// Parameters below `prefix` (a path, or "" for all) take their own factors; the longest prefix counts.
struct ParamGroup {
    std::string prefix = "";
    double lr_scale = 1;
    double decay_scale = 1;
};

// What every optimiser is given.
struct OptimizerOptions {
    double lr = 1e-3;
    double decay = 0;            // of weights
    bool decay_vectors = false;  // biases and norms (rank 0 and 1) are not decayed by default
    std::vector<ParamGroup> groups = {};
    bool lazy = false;  // the rule updates touched rows alone: see Optimizer::lazy()
};

// Elements [begin, end) of a parameter, counted in memory order.
struct Stretch {
    std::size_t parameter;
    Dim begin, end;
};

// An update rule derives from it and defines what update() does to one parameter; its state for each parameter are
// arrays of the parameter's shape, named by roles() and kept, counted and written to checkpoints here.
//     class Signs : public nn::Optimizer {
//     public:
//         Signs(const nn::Params& params, double lr) : Optimizer("Signs", params, {.lr = lr}) {}
//     private:
//         std::vector<std::string> roles(std::size_t) const override { return {"momentum"}; }
//         void update(std::size_t i) override {
//             Array& m = state(i, "momentum");
//             m = 0.9 * m + 0.1 * gradient(i);
//             value(i) -= lr_of(i) * xt::sign(m);
//         }
//     };
class HEED_ABI Optimizer {
public:
    virtual ~Optimizer() = default;
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;

    // Updates every parameter that has a gradient, and clears the gradients. Throws TapeError if none has one, Error
    // after step(owned).
    void step();
    // The same for parts of the parameters, such as one of several processes owns, in the order of parameters and
    // elements; all gradients are cleared. The state of these elements alone is kept from now on: throws Error for
    // others in a later step. A part of a parameter needs updates_stretches(): throws RangeError for one without it,
    // and for elements that a parameter does not have, or that are named twice.
    void step(std::span<const Stretch> owned);
    virtual bool updates_stretches(std::size_t) const { return false; }  // of the i-th parameter

    void set_lr(double lr,
                Site at = Site::current());  // throws RangeError for a negative rate or one that is not finite
    double lr() const { return options_.lr; }
    const std::vector<Var>& parameters() const { return parameters_; }  // in the order of all indices here
    Dim steps() const { return steps_; }                                // done
    Dim updates(std::size_t i) const {
        return updates_.at(i);
    }  // of the i-th parameter: those steps in which it had a gradient

    // A lazy rule updates the rows of a table that its gradient touched (Var::touched_rows), and these alone: the
    // others keep their values, what is remembered of them and their number of updates, and are not decayed. Where
    // a gradient touches all rows, as that of any other parameter does, it is the rule itself, to the bit.
    bool lazy() const { return options_.lazy; }
    bool counts_rows(std::size_t i) const { return !row_updates_.at(i).empty(); }  // have they been touched apart?
    Dim updates(std::size_t i, Dim row) const {  // of a row of its first axis; lazy: those steps that touched it
        return row_updates_.at(i).empty() ? updates(i) : row_updates_[i][static_cast<std::size_t>(row)];
    }

    // What is remembered of the i-th parameter under a role; none before its first update, and where only a part of it
    // is kept here.
    const Array* find_state(std::size_t i, std::string_view role) const;
    std::size_t state_bytes() const;

    // For checkpoints: the kind, as which the state is written, and the version of what is written.
    const std::string& kind() const { return kind_; }
    virtual Dim version() const { return lazy() ? 2 : 1; }  // a version before 2 knows no rows
    // The state, into and from a file of its own (see Checkpoint, which adds kind and version). A rule that remembers
    // more than arrays of the parameters' shapes adds it, and several processes must remember the same. get() throws
    // FileError for what is missing or has another shape, and then has changed nothing.
    virtual void put(Checkpoint& file) const;
    virtual void get(const Checkpoint& file);

protected:
    // Throws RangeError for options outside their range, Error where no parameter lies below a group.
    Optimizer(std::string kind, const Params& params, const OptimizerOptions& options, Site at = Site::current());

    virtual std::vector<std::string> roles(std::size_t) const {
        return {};
    }                                        // of what is remembered of the i-th parameter
    virtual void update(std::size_t i) = 0;  // the i-th parameter, by its gradient
    // Elements [begin, end) of it, by those of its gradient; called if updates_stretches(i).
    virtual void update_stretch(std::size_t i, Dim begin, Dim end);

    double lr_of(std::size_t i) const { return options_.lr * group_[i].lr_scale; }
    double decay_of(std::size_t i) const { return options_.decay * group_[i].decay_scale; }
    // In update_stretch(), the elements of the stretch alone have a meaning.
    const Array gradient(std::size_t i) const { return parameters_[i].grad(); }
    Array& value(std::size_t i) const { return parameters_[i].mutable_value(writer_); }
    // Of the parameter's shape; in update_stretch(), of a part of it, the elements of that part. Zeros at first; throws
    // Error for a role that is not among roles(), and where another process keeps it.
    Array& state(std::size_t i, std::string_view role);

private:
    struct State {
        Dim begin, end;                                         // the elements that are kept
        std::map<std::string, Array, std::less<>> arrays = {};  // by role
    };
    void count_rows(std::size_t i);
    bool is_whole(std::size_t i) const;
    Array zeros_of(std::size_t i, const State& part) const;
    void require_stretches(std::span<const Stretch> owned) const;
    void keep(std::span<const Stretch> owned);
    void update_all();
    std::vector<State> states_in(const Checkpoint& file, std::size_t i) const;
    std::vector<Var> parameters_;
    std::vector<ParamGroup> group_;          // of each parameter, as what follows
    std::vector<std::vector<State>> state_;  // in order; one of all elements, unless parts are owned
    std::vector<Dim> updates_;
    std::vector<std::vector<Dim>> row_updates_;  // empty while they are the parameter's
    bool in_parts_ = false;                      // since step(owned)
    std::size_t part_ = 0;                       // which of a parameter's states is updated now
    std::string kind_;
    const char* writer_;  // what errors call the step that wrote a value
    OptimizerOptions options_;
    Dim steps_ = 0;
};

// A rule that updates each element by its own gradient and state, so that any stretch can be updated alone. It defines
// update_stretch(), where value(i) and gradient(i) are those of the parameter, and state() that of the stretch; and
// roles() if it remembers anything.
class HEED_ABI ElementwiseOptimizer : public Optimizer {
public:
    bool updates_stretches(std::size_t) const override { return true; }

protected:
    using Optimizer::Optimizer;

private:
    void update(std::size_t i) override { update_stretch(i, 0, parameters()[i].size()); }
    void update_stretch(std::size_t i, Dim begin, Dim end) override = 0;
};

}  // namespace heed::nn
