#pragma once
// The optimiser of docs/use/first_program.md, which the tests of optimisers use, too. Needs <heed/core/xt.hpp> before
// it.
#include <string>
#include <vector>
#include <heed/nn/optim/optimizer.hpp>

using namespace heed;

// [optimiser]
class Signs : public nn::Optimizer {  // steps of one size, by the sign of a running mean of gradients
public:
    Signs(const nn::Params& params, double lr) : Optimizer("Signs", params, {.lr = lr}) {}

private:
    std::vector<std::string> roles(std::size_t) const override { return {"momentum"}; }
    void update(std::size_t i) override {
        Array& m = state(i, "momentum");
        m = 0.9 * m + 0.1 * gradient(i);
        value(i) -= lr_of(i) * xt::sign(m);
    }
};
// [end]
