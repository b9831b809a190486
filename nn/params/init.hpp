#pragma once
// Initial values of parameters. The fans of a matrix (in, out) are its two sizes; leading axes count as copies.
#include <functional>
#include <heed/core/array.hpp>
#include <heed/core/base/error.hpp>
#include <heed/core/base/random.hpp>

namespace heed::nn {

using Init = std::function<void(Array& values, RandomStream stream)>;

namespace init {
// Throw RangeError for a bound, deviation or gain that is negative, infinite or a NaN.
HEED_ABI Init constant(double value);
HEED_ABI Init uniform(double bound, Site at = Site::current());     // U(-bound, bound)
HEED_ABI Init normal(double deviation, Site at = Site::current());  // N(0, deviation^2)
HEED_ABI Init
fan_in_uniform(Dim fan_in);  // U(-1/sqrt(fan_in), 1/sqrt(fan_in)), for layers whose fan is not their own shape
HEED_ABI Init xavier_uniform(double gain = 1,
                             Site at = Site::current());  // bound = gain sqrt(6 / (in + out)): Glorot and Bengio, 2010
HEED_ABI Init xavier_normal(double gain = 1, Site at = Site::current());  // deviation = gain sqrt(2 / (in + out))
// He et al., 2015: bound = gain sqrt(3 / in), deviation = gain / sqrt(in); the default gain is relu's.
HEED_ABI Init kaiming_uniform(double gain = 1.4142135623730951, Site at = Site::current());
HEED_ABI Init kaiming_normal(double gain = 1.4142135623730951, Site at = Site::current());
// Rows or columns, whichever are fewer, are orthonormal times gain: Saxe et al., 2014.
HEED_ABI Init orthogonal(double gain = 1, Site at = Site::current());
}  // namespace init
}  // namespace heed::nn
