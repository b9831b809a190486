#pragma once
// Adding into gradients in place.
// Private to heed; not installed.
#include <heed/core/base/parallel.hpp>
#include <heed/core/observe/check.hpp>
#include <heed/core/var.hpp>

namespace heed {

// Lets `write` make the gradient of an operand of this shape or, where one has begun, add to it in place: as in the
// later steps of a decoder or a recurrent layer, and where queries, keys and values are made from one. `passed` is what
// a profile counts. CheckNumbers checks each contribution, so they are made apart while it is on.
inline void add_grad_in_place(const Slot& slot, const Shape& shape, const Array& passed,
                              FunctionRef<void(Real* gradient, bool add)> write) {
    bool added = false;
    if (slot && slot.takes_more() && !checking_numbers())
        slot.add_grad_part(passed, shape.count(), [&](Real* so_far) {
            write(so_far, true);
            added = true;
        });
    if (added) return;
    Array fresh = Array::from_shape(shape);
    write(fresh.data(), false);
    slot.add_grad(std::move(fresh));
}

}  // namespace heed
