#pragma once
// Gradients times a number, shared out to threads.
// Private to heed; not installed.
#include <span>
#include <heed/core/base/parallel.hpp>
#include <heed/core/real.hpp>

namespace heed::training {

inline void multiply(std::span<Real> values, double factor) {
    Real* const y = values.data();
    const auto scale = static_cast<Real>(factor);
    parallel_blocks(static_cast<Dim>(values.size()), 65536, [=](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) y[i] *= scale;
    });
}

}  // namespace heed::training
