#pragma once
// The options of ops on bags of ids, on sequences (b, t, c) and images (b, h, w, c), and of losses of classes. What
// they mean stands beside the ops, in ops.hpp.
#include <optional>
#include <vector>
#include <heed/core/var.hpp>

namespace heed {

enum class BagMode { sum, mean };
struct EmbeddingBagOptions {
    std::optional<Ints> offsets = {};  // (bags): bag b has the ids from offsets[b] on; 0 first, then ascending
    BagMode mode = BagMode::mean;
    Var weights = {};                 // of each id, in the shape of the ids; of sums alone
    std::optional<Dim> padding = {};  // an id that counts for nothing, nor in a mean; below 0 it counts from the end
};

struct Pair {  // one number for both axes, or {rows, columns}
    Dim first, second;
    constexpr Pair(Dim both) : first(both), second(both) {}
    constexpr Pair(Dim rows, Dim columns) : first(rows), second(columns) {}
};
struct Conv1dOptions {
    Dim stride = 1, padding = 0, dilation = 1, groups = 1;
};
struct Conv2dOptions {
    Pair stride = 1, padding = 0, dilation = 1;
    Dim groups = 1;
};

struct ConvTranspose1dOptions {
    Dim stride = 1, padding = 0, output_padding = 0, dilation = 1, groups = 1;
};
struct ConvTranspose2dOptions {
    Pair stride = 1, padding = 0, output_padding = 0, dilation = 1;
    Dim groups = 1;
};

struct Pool1dOptions {
    Dim stride = 0, padding = 0;  // stride 0: the size of the window
};
struct Pool2dOptions {
    Pair stride = 0, padding = 0;
};

struct InterpolateOptions {
    bool nearest = false, align_corners = false;
};

// --- losses of classes
struct CrossEntropyOptions {
    Dim ignore = -100;                 // this label counts for nothing
    double smoothing = 0;              // mass spread evenly over all classes
    std::vector<double> weights = {};  // of each class; the mean is weighted, too
    Var example_weights = {};          // (...), of each label; the mean is weighted, too. A constant
};

struct FocalLossOptions {
    double gamma = 2;                  // 0: cross_entropy
    Dim ignore = -100;                 // as for cross_entropy, like the rest
    std::vector<double> weights = {};  // alpha of each class
    Var example_weights = {};
};

}  // namespace heed
