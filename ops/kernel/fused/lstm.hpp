#pragma once
// The pointwise part of a long short-term memory (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et
// al., 2000): i, f, o = sigmoid, g = tanh of gx + gh; c' = f c + i g, h' = o tanh(c').
#include <heed/ops/kernel/fused/cell_rows.hpp>

namespace heed::kernel {

// gx, gh (rows, 4 width) hold i, f, g, o, after their products and biases; h, c, h_next, c_next (rows, width). gates
// (rows, 4 width), which may be gh, gets i, f, g, o for the backward. mask (rows) of 1 and 0, or null: where it is 0,
// h' = h and c' = c. h may be null without a mask.
void lstm(const Real* gx, const Real* gh, const Real* h, const Real* c, const Real* mask, Real* h_next, Real* c_next,
          Real* gates, const CellRows& rows);

// The results overwrite. dgates (rows, 4 width), the gradient of gx and of gh, is 0 where the mask is; dh is 0 where it
// is not.
void lstm_backward(const Real* c, const Real* c_next, const Real* mask, const Real* gates, const Real* dh_next,
                   const Real* dc_next, Real* dgates, Real* dh, Real* dc, const CellRows& rows);

}  // namespace heed::kernel
