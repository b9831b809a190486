#pragma once
// Gradients added up over processes.
// Private to heed; not installed.
#include <span>
#include <heed/core/base/storage.hpp>
#include <heed/core/real.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::training {

// Each gradient becomes the sum of those of all processes, added as a tree over their ranks: each process adds up a
// part of the elements, and gets the others. The number of processes is a power of two, and all have the same sizes.
HEED_ABI void sum_over(Group& group, std::span<Storage<Real>> gradients);

}  // namespace heed::training
