#pragma once
// Quantized weights, for decoding step by step, whose time is that of reading the weights.
#include <heed/nn/params/params.hpp>
#include <heed/ops/product/quantized.hpp>

namespace heed::nn {

struct Quantized {
    Dim matrices = 0, elements = 0;  // that were quantized
    Dim bytes = 0;                   // of the quantized weights; the Reals are kept beside them
    double error = 0;                // the norm of all changes over the norm of what they changed
};

// Quantizes the weights of all Linear layers below this name to `precision`: all matrices whose name ends in "weight".
// The parameters take the quantized values. From then on `linear` reads the quantized form where x has at most eight
// rows, and gives the same bits as with the quantized values as Reals: a prompt of many rows and the steps after it use
// one and the same model. A weight that is written to later (by an optimizer, `load`, a checkpoint) has no quantized
// form any more. Throws Error where there is no such weight, and NumberError, before anything is changed, for one with
// a value that is not finite.
HEED_ABI Quantized quantize(const Params& params, Precision precision);

}  // namespace heed::nn
