// g2p_bahdanau: letters to phones by two GRUs and additive attention.
#include <heed/bench/training.hpp>
#include <heed/examples/models/g2p.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 64, width = 128, source = 12, target = 12, letters = 32, phones = 45;

struct Trained : models::G2p {
    explicit Trained(const nn::Params& p)
        : G2p(p, {.letters = letters, .phones = phones, .embedding = 64, .width = width}) {
        // The yardstick's has one, too.
        attend.key.bias = (p / "attend" / "key").make("bias", {width}, nn::init::fan_in_uniform(2 * width));
    }
    Var infer(const Batch& b) const { return (*this)(b.ids[0], b.ids[1]); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[2]); }
};

}  // namespace

std::vector<Training> g2p_bahdanau() {
    const Ints words = ids({batch, source}, letters, 1);
    const Ints previous = ids({batch, target}, phones, 2), wanted = ids({batch, target}, phones, 3);
    return {{"g2p_bahdanau", {{}, {words, previous, wanted}}, network_of<Trained>}};
}

}  // namespace heed::bench
