#pragma once
// How well a model predicts a text.
#include <heed/examples/charlm/corpus.hpp>
#include <heed/examples/charlm/model.hpp>
#include <heed/nn/training/run/group.hpp>
#include <heed/nn/training/run/progress.hpp>

namespace heed::charlm {

struct Score {
    double nats = 0;     // summed
    Dim characters = 0;  // that were predicted
    double mean() const { return characters ? nats / static_cast<double>(characters) : 0; }
};

// Of windows of `block` characters that begin every `stride` characters, the last `stride` positions count: with
// stride = block every character once, with 0 to block - 1 characters before it. At most `most` windows, 0: all,
// counted in `progress`; the processes of a group share them. Of several stretches one is computed after the other, one
// window at a time: in less memory, and the same up to the order of the sum. Throws InputError for a text that is not
// longer than a block.
Score measure(const Model& model, const IdSpan& ids, Dim block, Dim stride, Dim most,
              training::Progress* progress = nullptr, training::Group& group = training::one_process(),
              Dim stretches = 1);

}  // namespace heed::charlm
