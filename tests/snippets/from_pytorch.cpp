// The code of docs/use/from_pytorch.md: a model of PyTorch, written in heed, with PyTorch's weights. Arguments: the
// folder of the files, and one to write to.
#include <cstdio>
#include <filesystem>
#include <heed/core/io/safetensors.hpp>
#include <heed/heed.hpp>
#include <heed/tests/architectures/gpt2.hpp>
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

int main(int argc, char** argv) {
    const std::string folder = argv[1], out = argc > 2 ? argv[2] : "from_pytorch";
    std::filesystem::create_directories(out);
    // [load]
    nn::Params params;
    const Tagger model(params);
    nn::load(params, folder + "/from_pytorch.safetensors", {.layout = nn::Layout::pytorch});
    // [end]
    // [save]
    nn::save(params, out + "/model.safetensors", {.layout = nn::Layout::pytorch});
    // [end]
    // [rules]
    const nn::Rules rules = {
        {"words.weight", "embed.table"},     // another name
        {"reader.{rest}", "encode.{rest}"},  // "{rest}" stands for one part of a name, without dots
        {"out.*", "attend.out.*"},           // "*" for any text
        {"qkv.*", {"attend.query.*", "attend.key.*", "attend.value.*"}},  // joined there, apart here
        {"*.position_ids"},                                               // left out when loading
    };
    nn::save(params, out + "/renamed.safetensors", {.layout = nn::Layout::pytorch, .rules = rules});
    nn::load(params, out + "/renamed.safetensors", {.layout = nn::Layout::pytorch, .rules = rules});
    // [end]
    const std::string file = folder + "/../files/huggingface/gpt2.safetensors";
    // [hugging_face]
    nn::Params store;
    const architectures::Gpt2 gpt2(store, {});
    nn::load(store, file, {.rules = nn::rules::gpt2()});
    nn::save(store, out + "/gpt2.safetensors", {.rules = nn::rules::gpt2()});
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
