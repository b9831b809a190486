#pragma once
// A run of training that another one continues, by a file.
#include <string>
#include <heed/nn/optim/checkpoint.hpp>

namespace heed::test {

// Trains `begun` for so many steps and saves it; loads that into `resumed`, which has trained otherwise, and trains it
// until `all` steps are done. Returns the file's content. each_part(f) of a run calls f(prefix, part) for its
// parameters, its optimiser and so on.
template <class Run>
nn::Checkpoint train_in_two(Run& begun, Run& resumed, int steps, int all, const std::string& path) {
    begun.train(steps);
    nn::Checkpoint file;
    begun.each_part([&](const char* prefix, const auto& part) { file.put(prefix, part); });
    file.save(path);
    resumed.train(1);  // nothing of it may remain
    nn::Checkpoint loaded = nn::Checkpoint::load(path);
    resumed.each_part([&](const char* prefix, auto& part) { loaded.get(prefix, part); });
    resumed.train(all - steps);
    return loaded;
}

}  // namespace heed::test
