#pragma once
// Workloads that train a network on one batch, which stays the same: clear gradients, forward, backward, AdamW.
#include <memory>
#include <heed/bench/data.hpp>
#include <heed/bench/workload.hpp>
#include <heed/nn/params/params.hpp>

namespace heed::bench {

// What the yardstick hands to its loss, in its order; real values and ids apart.
struct Batch {
    std::vector<Array> values;
    std::vector<Ints> ids;
};

struct Network {
    nn::Params params;
    std::function<Var(const Batch&)> loss, infer;
};

struct Training {
    std::string name;
    Batch batch;
    Network (*build)();
};

// A Model is made from nn::Params and has loss(batch) and infer(batch).
template <class Model>
Network network_of() {
    const nn::Params params(seed);
    const auto model = std::make_shared<const Model>(params);
    return {params, [model](const Batch& b) { return model->loss(b); },
            [model](const Batch& b) { return model->infer(b); }};
}

std::vector<Training> mlp_small(), g2p_bahdanau(), transformer_tiny(), vit_small(), audio_small(), gpt_char(),
    gpt_char_big();

// Both phases; from the weights and the batch of a file that bench/export_weights.py wrote, if one is named.
std::vector<Workload> phases(const Training& training, const std::string& weights);

// Losses of the same steps from the same weights on the same batch.
struct Losses {
    std::vector<double> heed, pytorch;
    double largest_difference() const;
};
// Throws FileError for a file that is not of this training.
Losses losses_from(const Training& training, const std::string& weights);

}  // namespace heed::bench
