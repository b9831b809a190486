// The code of docs/use/from_pytorch.md: a model of PyTorch, written in heed, with PyTorch's weights. Argument: the
// folder of the files.
#include <cstdio>
#include <heed/core/io/safetensors.hpp>
#include <heed/heed.hpp>
using namespace heed;

namespace {

// [model]
struct Tagger {
    nn::Embedding embed;
    nn::GRU encode;
    nn::MultiHeadAttention attend;
    nn::LayerNorm norm;
    nn::Linear answer;

    explicit Tagger(nn::Params p)
        : embed(p / "embed", 10, 8), encode(p / "encode", 8, 6, {.bidirectional = true}), attend(p / "attend", 12, 3),
          norm(p / "norm", 12), answer(p / "answer", 12, 4) {}

    Var operator()(const Ints& ids) const {
        Var x = encode(embed(ids)).outputs;
        x = norm(x + attend(x));
        return answer(x);
    }
};
// [end]

}  // namespace

int main(int, char** argv) {
    const std::string folder = argv[1];
    // [load]
    nn::Params params;
    const Tagger model(params);
    nn::load(params, folder + "/from_pytorch.safetensors", {.layout = nn::Layout::pytorch});
    // [end]
    const io::SafetensorsReader expected(folder + "/from_pytorch_expected.safetensors");
    Ints ids = Ints::from_shape({2, 5});
    Array logits = Array::from_shape({2, 5, 4});
    expected.read_as<std::int64_t>(*expected.find("ids"), {ids.data(), 10});
    expected.read_as<Real>(*expected.find("logits"), {logits.data(), 40});
    const double apart = max(abs(model(ids) - logits)).item();
    std::printf("%.1e\n", apart);
    return apart < 1e-5 ? 0 : 1;
}
