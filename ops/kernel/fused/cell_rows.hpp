#pragma once
// Where the rows of one step of recurrent cells lie.
#include <heed/core/real.hpp>

namespace heed::kernel {

// One step of `count` sequences, and the elements from one row to the next: of what comes from x and of gradients of
// gates, of gates, of states, and of the states before the step. Where the gradients of states are given or asked for,
// they are (count, width), one row behind the other.
struct CellRows {
    Dim count, width, x, gates, states, past;
    static CellRows contiguous(Dim count, Dim width, Dim gates) {
        return {count, width, gates * width, gates * width, width, width};
    }
};

}  // namespace heed::kernel
