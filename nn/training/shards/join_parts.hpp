#pragma once
// What several processes keep in parts, for a file that does not know how many there were.
// Private to heed; not installed.
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::training {

// The arrays of which each process has parts become whole ones in the leading process; the other processes then have
// nothing of them. Throws Error in all processes where they do not have parts of the same arrays, or where what they
// have beside these differs.
HEED_ABI void join_parts(Group& group, nn::Checkpoint& file);

}  // namespace heed::training
