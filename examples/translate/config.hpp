#pragma once
// What a training run was asked to do; written to its folder, and read again by --resume.
#include <heed/examples/common/run.hpp>
#include <heed/examples/translate/bleu.hpp>
#include <heed/examples/translate/model.hpp>

namespace heed::translate {

struct Config : examples::RunConfig {
    std::string source, target;          // parallel text, a sentence on each line
    std::string dev_source, dev_target;  // to measure by; none: the last fiftieth of the text, at most 1000 pairs, which training then does not see
    ModelOptions model;                  // .vocabulary: the most pieces to learn
    Dim tokens = 1024;                   // of a batch, on its longer side, padding included
    Dim longest = 200;                   // pieces; longer sentences are left out of training
    double smoothing = 0.1;
    double lr = 3e-3;
    double decay = 0.01;
    double ema = 0.999;
    Dim warmup = 400;
    BleuOptions bleu;
    Config() { model.vocabulary = 4000; }
    training::Fields fields();  // of this object
};

}  // namespace heed::translate
