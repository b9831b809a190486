// vit_small: a vision transformer on images of 28 x 28 pixels.
#include <heed/bench/training.hpp>
#include <heed/examples/models/vit.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 128, side = 28, classes = 10;

struct Trained : models::Vit {
    explicit Trained(const nn::Params& p)
        : Vit(p, {.side = side, .patch = 4, .classes = classes, .layers = 6, .heads = 4, .width = 128, .hidden = 256}) {
    }
    Var infer(const Batch& b) const { return (*this)(b.values[0]); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[0]); }
};

}  // namespace

std::vector<Training> vit_small() {
    return {{"vit_small", {{normal({batch, side, side}, 1)}, {ids({batch}, classes, 2)}}, network_of<Trained>}};
}

}  // namespace heed::bench
