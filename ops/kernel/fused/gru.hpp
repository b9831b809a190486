#pragma once
// The pointwise part of a gated recurrent unit (Cho et al., 2014; with the reset gate applied after the product, as in
// PyTorch): r = sigmoid(gx_r + gh_r), z = sigmoid(gx_z + gh_z), c = tanh(gx_n + r gh_n), h' = (1 - z) c + z h.
#include <heed/ops/kernel/fused/cell_rows.hpp>

namespace heed::kernel {

// gx, gh (rows, 3 width) hold r, z, n, after their products and biases; h, h_next (rows, width). gates (rows, 3 width)
// gets r, z, c for the backward. mask (rows) of 1 and 0, or null: where it is 0, h' = h.
void gru(const Real* gx, const Real* gh, const Real* h, const Real* mask, Real* h_next, Real* gates,
         const CellRows& rows);

// gx is not read: r, z, c and gh are enough. The results overwrite; dh is the part of the gradient that goes straight
// to h, without the product that made gh. dgx, dgh are 0 where the mask is.
void gru_backward(const Real* gh, const Real* h, const Real* mask, const Real* gates, const Real* dh_next, Real* dgx,
                  Real* dgh, Real* dh, const CellRows& rows);

}  // namespace heed::kernel
