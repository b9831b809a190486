#pragma once
// Weights in fewer bits, for decoding step by step, which takes as long as reading the weights does.
#include <heed/nn/params/params.hpp>
#include <heed/ops/product/quantized.hpp>

namespace heed::nn {

struct Quantized {
    Dim matrices = 0, numbers = 0;  // that were rounded
    Dim bytes = 0;                  // that they take in fewer bits; the Reals stay beside them
    double error = 0;               // the norm of all changes over the norm of what they changed
};

// Rounds the weights of all Linear layers below this name to what `precision` can say: what ends in "weight" and is a matrix. From then on
// `linear` reads the short form where x has at most eight rows, and gives the bits that it gives with the rounded weights as Reals: a
// prompt of many rows and the steps after it belong to one and the same model. A weight that is written to later (by an optimizer,
// `load`, a checkpoint) has no short form any more. Throws Error where there is no such weight, and NumberError, before anything is
// changed, for one with a number that is not finite.
HEED_ABI Quantized quantize(const Params& params, Precision precision);

}  // namespace heed::nn
