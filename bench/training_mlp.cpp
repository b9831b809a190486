// A multilayer perceptron on vectors of 784.
#include <heed/bench/training.hpp>
#include <heed/nn/layers/layers.hpp>

namespace heed::bench {
namespace {

struct Mlp {
    nn::Linear hidden, out;
    explicit Mlp(const nn::Params& p) : hidden(p / "hidden", 784, 256), out(p / "out", 256, 10) {}
    Var infer(const Batch& b) const { return out(relu(hidden(b.values[0]))); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[0]); }
};

}  // namespace

std::vector<Training> mlp_small() {
    return {{"mlp_small", {{normal({64, 784}, 1)}, {ids({64}, 10, 2)}}, network_of<Mlp>}};
}

}  // namespace heed::bench
