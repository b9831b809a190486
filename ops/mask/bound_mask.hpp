#pragma once
// A mask and its biases, bound to the shapes of one attention: checked, and in the form that the kernel asks.
#include <heed/ops/define/mask.hpp>
#include <heed/ops/kernel/attention/pair_mask.hpp>

namespace heed {

class HEED_ABI BoundMask : public kernel::PairMask {
public:
    // Throws ShapeError or RangeError, as `op`, if a part of the mask does not fit (batch, heads, tq, tk).
    BoundMask(const char* op, const Mask& mask, Dim batch, Dim heads, Dim tq, Dim tk, Site at,
              Site check = Site::current());

    const List<Bias>& biases() const { return biases_; }
    List<Slot> slots() const;  // of the biases
    // Hands the summed gradient of the biases, of gradient_size() values, to their slots, which the op captured:
    // slots[k] belongs to biases()[k].
    void deliver(const double* sum, const List<Slot>& slots) const;

private:
    struct Caller {  // for the texts of errors
        const char* op;
        Site at, check;
    };
    void add(const Caller& caller, const MaskPart& part);
    void add(const Caller& caller, const Bias& bias);
    // The steps of an array of this shape that is as if it were broadcast to (b, h, i, j): 0 along axes of size one.
    std::array<Dim, 4> steps_over_pairs(const Caller& caller, const char* argument, const Shape& shape) const;
    void narrow(bool each_example,
                FunctionRef<kernel::Interval(Dim b, Dim i)> to);  // all intervals, to what they share with these
    void add_documents(const MaskPart& part);
    void add_pairs(const Caller& caller, const MaskPart& part);
    void store_predicates();

    List<Bias> biases_;
};

}  // namespace heed
