#pragma once
// Which process owns which elements of the parameters: it adds up their gradients, remembers what the optimiser does of
// them, updates them, and sends them to the others (Rajbhandari et al., "ZeRO: memory optimizations toward training
// trillion parameter models", 2020, stage 1).
// Private to heed; not installed.
#include <span>
#include <vector>
#include <heed/nn/optim/optimizer.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::training {

// Parameters are cut into blocks of 65,536 elements, each with an owner; one that the optimiser updates as a whole has
// one owner for all. All processes have about as many elements, in every few MiB that are sent. Who owns what is no
// part of the result: the sums are those of one process.
class HEED_ABI Owners {
public:
    // Throws Error where there are several processes and the optimiser updates what is not among the parameters.
    Owners(const nn::Params& params, nn::Optimizer& optimizer, Group& group);

    Group& group() const { return group_; }

    // Each gradient, by the parameter's number, becomes the sum of those of all processes, added as a tree over their
    // ranks, times `factor`: the elements that this process owns, the others have no meaning any more. An empty one is
    // so in all processes. The number of processes is a power of two.
    void add_up(std::span<Storage<Real>> gradients, double factor) const;

    // The norm, and what follows, of nn::clip_gradients(): of the gradients that the owners have.
    double clip(double most) const;

    // The optimiser's step, and all processes have all parameters.
    void step() const;

private:
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
    };
    void assign_owners(const std::vector<bool>& cut);
    void list_owned(const std::vector<std::size_t>& numbers);
    bool is_mine(const Block& block) const { return block.owner == group_.rank(); }
    Bucket laid_out(std::vector<Block> blocks, FunctionRef<std::size_t(const Block&)> size_of) const;
    std::vector<Bucket> buckets_of(const std::vector<bool>& sent) const;
    std::size_t bucket_size() const;

    nn::Params params_;
    std::vector<Var> parameters_;
    nn::Optimizer& optimizer_;
    Group& group_;
    std::vector<Block> blocks_;
    std::vector<bool> updated_;       // by the optimiser: of each parameter
    std::vector<nn::Stretch> owned_;  // by this process, with the optimiser's numbers
};

}  // namespace heed::training
