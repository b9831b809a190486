#pragma once
// Stateless layers: plain structs over parameters, called like functions. A copy of a layer holds the same
// parameters: `nn::Linear second = first;` ties them, and both uses add to one gradient.
#include <optional>
#include <heed/nn/params/params.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {

// y = x W + b over the last axis. W is (in, out): the transpose of PyTorch's.
struct HEED_ABI Linear {
    Var weight, bias;  // bias is empty without one
    Linear(Params p, Dim in, Dim out) : Linear(p, in, out, init::fan_in_uniform(in)) {}
    Linear(Params p, Dim in, Dim out, const Init& start)
        : weight(p.make("weight", {in, out}, start, {.axes = {1, 0}})),
          bias(p.make("bias", {out}, init::fan_in_uniform(in))) {}
    static Linear without_bias(Params p, Dim in, Dim out) {
        return Linear(p.make("weight", {in, out}, init::fan_in_uniform(in), {.axes = {1, 0}}));
    }
    static Linear with_bias_if(bool bias, Params p, Dim in, Dim out) {
        return bias ? Linear(p, in, out) : without_bias(p, in, out);
    }
    Var operator()(In x) const {
        const LayerScope scope(weight, x.at);
        return bias.defined() ? linear(x, weight, bias) : linear(x, weight);
    }

private:
    explicit Linear(Var w) : weight(std::move(w)) {}
};

struct HEED_ABI EmbeddingOptions {
    Init start = init::normal(1);
    std::optional<Dim> padding = {};  // an id whose row is zeros at first, and gets no gradient; below 0 it counts from
                                      // the end
};

// A table of `count` rows, taken by id.
struct HEED_ABI Embedding {
    Var table;
    std::optional<Dim> padding;  // from 0
    // Throws RangeError for a padding that is no id.
    Embedding(Params p, Dim count, Dim width, const EmbeddingOptions& options = {}, Site at = Site::current());
    Var operator()(const Ints& ids, Site at = Site::current()) const;  // (b...) -> (b..., width)
    // The table tied to the output (Press and Wolf, 2017): x (..., width) -> (..., count), a logit for each row. One
    // parameter that gets both gradients.
    Var logits(In x) const;
};

// The mean or the sum of the rows of each bag of ids, whose order does not matter. Ids of padding count for nothing,
// not even in a mean.
struct HEED_ABI EmbeddingBag {
    Var table;
    BagMode mode;
    std::optional<Dim> padding;  // from 0
    // Throws RangeError for a padding that is no id.
    EmbeddingBag(Params p, Dim count, Dim width, BagMode mode = BagMode::mean, const EmbeddingOptions& options = {},
                 Site at = Site::current());
    // ids (bags, n), or (n) with offsets (bags), where bag b begins; weights in the shape of the ids, of sums alone.
    // -> (bags, width)
    Var operator()(const Ints& ids, const Var& weights = {}, Site at = Site::current()) const;
    Var operator()(const Ints& ids, const Ints& offsets, const Var& weights = {}, Site at = Site::current()) const;
};

// Zeroes elements with probability p while a training tape records, and scales the rest by 1 / (1 - p).
struct HEED_ABI Dropout {
    std::string path;  // names the random stream
    double p;
    Dropout(Params store, double rate) : path(store.path()), p(rate) {}
    Var operator()(In x) const {
        const Scope scope(path, x.at);
        return dropout(x, p);
    }
};

struct HEED_ABI LayerNorm {
    Var gain, bias;
    double epsilon;
    LayerNorm(Params p, Dim width, double eps = 1e-5)
        : gain(p.make("gain", {width}, init::constant(1), {.name = "weight"})),
          bias(p.make("bias", {width}, init::constant(0))), epsilon(eps) {}
    Var operator()(In x) const {
        const LayerScope scope(gain, x.at);
        return layer_norm(x, gain, bias, epsilon);
    }
};

struct HEED_ABI RMSNorm {
    Var gain;
    double epsilon;
    RMSNorm(Params p, Dim width, double eps = 1e-6)
        : gain(p.make("gain", {width}, init::constant(1), {.name = "weight"})), epsilon(eps) {}
    Var operator()(In x) const {
        const LayerScope scope(gain, x.at);
        return rms_norm(x, gain, epsilon);
    }
};

}  // namespace heed::nn
