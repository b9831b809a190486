#pragma once
// Which process owns which elements of the parameters: it adds up their gradients, remembers what the optimiser does of
// them, updates them, and sends them to the others (Rajbhandari et al., "ZeRO: memory optimizations toward training
// trillion parameter models", 2020, stage 1).
// Private to heed; not installed.
#include <optional>
#include <unordered_map>
#include <vector>
#include <heed/core/base/function_ref.hpp>
#include <heed/nn/optim/optimizer.hpp>
#include <heed/nn/optim/sum_of_squares.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::training {

// Parameters are cut into blocks of 65,536 elements, each with an owner; one that the optimiser updates as a whole has
// one owner for all. All processes have about as many elements, in every few MiB that are sent. Who owns what is no
// part of the result: the sums are those of one process.
class HEED_ABI Owners {
public:
    // Throws Error where there are several processes and the optimiser updates what is not among the parameters.
    Owners(const nn::Params& params, nn::Optimizer& optimizer, Group& group);

    static constexpr Dim block_size = nn::squares_block;  // so that a process has all of a block's squares
    struct Block {
        std::size_t parameter;
        Dim begin, end;
        int owner;
        std::size_t size() const { return static_cast<std::size_t>(end - begin); }
    };
    // Blocks that are sent at once: where what is sent of each begins, in the order of owners, and where that of each
    // owner ends.
    struct Bucket {
        std::vector<Block> blocks;
        std::vector<std::size_t> begins, ends;
        std::size_t begin_of(int rank) const { return rank == 0 ? 0 : ends[static_cast<std::size_t>(rank) - 1]; }
        std::size_t size_of(int rank) const { return ends[static_cast<std::size_t>(rank)] - begin_of(rank); }
        std::vector<std::size_t> ends_in_bytes(std::size_t each = sizeof(Real)) const;
    };

    Group& group() const { return group_; }
    const std::vector<Var>& parameters() const { return parameters_; }
    std::optional<std::size_t> number_of(const heed::detail::Node& leaf) const;  // nothing: no parameter

    // Where there are several processes. The blocks of the parameters that are `sent`, in the order in which a sweep
    // completes their gradients, the last parameters first.
    std::vector<Bucket> buckets_of(const std::vector<bool>& sent) const;
    std::vector<bool> trained() const;  // of each parameter: does it get a gradient?
    bool is_mine(const Block& block) const { return block.owner == group_.rank(); }
    // Calls act(begin, end) for the elements of a parameter that this process owns: for all, if it is the only one.
    void for_owned(std::size_t parameter, FunctionRef<void(Dim begin, Dim end)> act) const;

    // The norm, and what follows, of nn::clip_gradients(): of the gradients that the owners have.
    double clip(double most) const;

    // The optimiser's step, and all processes have all parameters.
    void step() const;

private:
    void assign_owners(const std::vector<bool>& cut);
    void list_owned(const std::vector<std::size_t>& numbers);
    Bucket laid_out(std::vector<Block> blocks, FunctionRef<std::size_t(const Block&)> size_of) const;
    std::size_t bucket_size() const;

    nn::Params params_;
    std::vector<Var> parameters_;
    nn::Optimizer& optimizer_;
    Group& group_;
    std::unordered_map<const heed::detail::Node*, std::size_t> numbers_;  // of parameters
    std::vector<Block> blocks_;
    std::vector<std::size_t> first_block_;  // of each parameter, and of none
    std::vector<bool> updated_;             // by the optimiser: of each parameter
    std::vector<nn::Stretch> owned_;        // by this process, with the optimiser's numbers
};

}  // namespace heed::training
