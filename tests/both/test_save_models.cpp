// Six architectures saved as Hugging Face keeps them, by the rules that loaded them: the bits of the files that they
// came from. With $HEED_SAVED, the files stay in that folder (tests/programs/pytorch_reads.py).
#include <cstdlib>
#include <filesystem>
#include <set>
#include <heed/heed.hpp>
#include <heed/nn/params/rules/hugging_face.hpp>
#include <heed/nn/params/rules/match.hpp>
#include <heed/tests/architectures/bert.hpp>
#include <heed/tests/architectures/gpt2.hpp>
#include <heed/tests/architectures/llama.hpp>
#include <heed/tests/architectures/t5.hpp>
#include <heed/tests/architectures/vit.hpp>
#include <heed/tests/architectures/whisper.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/pytorch_layers.hpp>
#include <heed/tests/tensors.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::architectures;
using test::Tensors;

namespace {

const std::string files = std::string(HEED_SOURCE_DIR) + "/tests/files/huggingface/";

void keep(const std::string& file, const std::string& name) {
    if (const char* folder = std::getenv("HEED_SAVED"))
        std::filesystem::copy_file(file, std::string(folder) + '/' + name + "." HEED_TAG ".safetensors",
                                   std::filesystem::copy_options::overwrite_existing);
}

template <class Model>
void check(const std::string& name, const typename Model::Options& options, const nn::Rules& rules) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const nn::Params params(1), other(2);
    const Model model(params, options), twin(other, options);
    const std::string theirs = files + name + ".safetensors";
    CHECK(nn::load(params, theirs, {.rules = rules}).complete());  // the rules state PyTorch's layout themselves
    for (const nn::Layout layout : {nn::Layout::heed, nn::Layout::pytorch}) {
        nn::save(params, folder / "f", {.layout = layout, .rules = rules});
        const bool same = test::tensors_of(folder / "f") == test::tensors_of<Real>(theirs);
        CHECK(same);
        CHECK(io::SafetensorsReader(folder / "f").metadata().at("format") == "pt");
    }
    keep(folder / "f", name);

    // As part of another model, with a prefix in both, and with what files of earlier versions have beside weights.
    Tensors more;
    for (const auto& [tensor, value] : test::tensors_of(theirs)) more["whole." + tensor] = value;
    const std::vector<std::string> left_out = {"whole.h.0.attn.bias",
                                               "whole.transformer.h.1.attn.masked_bias",
                                               "whole.bert.embeddings.position_ids",
                                               "whole.cls.seq_relationship.weight",
                                               "whole.vit.pooler.dense.weight",
                                               "whole.model.layers.0.self_attn.rotary_emb.inv_freq"};
    const nn::Rules below = nn::rules::prefixed(rules, "whole.", "");
    std::vector<std::string> ignored;
    for (const std::string& tensor : left_out)
        if (nn::find_rule(below, nn::RuleSide::theirs, tensor).rule) {
            more[tensor] = {{1}, {0}};
            ignored.push_back(tensor);
        }
    test::put_tensors(folder / "more", more);
    const nn::LoadReport report = nn::load(other, folder / "more", {.rules = below});
    CHECK(report.complete());
    CHECK(std::set<std::string>(report.ignored.begin(), report.ignored.end()) ==
          std::set<std::string>(ignored.begin(), ignored.end()));
    CHECK(elements_of(other.list()) == elements_of(params.list()));
}

}  // namespace

TEST_CASE("save models: Hugging Face's files, to the bit (" HEED_TAG ")", "[nn]") {
    check<Gpt2>("gpt2", {}, nn::rules::gpt2());
    check<Bert>("bert", {}, nn::rules::bert());
    check<BertPooler>("bert_pooler", {}, nn::rules::bert());
    check<Vit>("vit", {}, nn::rules::vit());
    check<T5>("t5", {}, nn::rules::t5());
    check<T5>("t5_1_1", {.version_1_1 = true}, nn::rules::t5_1_1());
    check<T5Encoder>("t5_encoder", {}, nn::rules::t5());
    check<Llama>("llama", {}, nn::rules::llama());
    check<Whisper>("whisper", {}, nn::rules::whisper());
}

TEST_CASE("save models: names without the prefix, of a model without a head, are the same (" HEED_TAG ")", "[nn]") {
    const TemporaryFolder folder;
    Tensors plain;
    for (const auto& [name, value] : test::tensors_of(files + "gpt2.safetensors"))
        plain[name.substr(std::string("transformer.").size())] = value;
    plain["lm_head.weight"] = plain.at("wte.weight");
    test::put_tensors(folder / "f", plain);
    const nn::Params params(1);
    const Gpt2 model(params, {});
    CHECK(nn::load(params, folder / "f", {.rules = nn::rules::gpt2()}).complete());
    nn::save(params, folder / "g", {.rules = nn::rules::gpt2()});
    CHECK(test::tensors_of(folder / "g") == test::tensors_of<Real>(files + "gpt2.safetensors"));
    plain["lm_head.weight"].second[0] += 1;
    test::put_tensors(folder / "f", plain);
    CHECK_THAT(text_of([&] { nn::load(params, folder / "f", {.rules = nn::rules::gpt2()}); }),
               Containing("the rules make 'tokens.table' of both 'lm_head.weight' and 'wte.weight'"));
}

TEST_CASE("save models: one of each layer for PyTorch (" HEED_TAG ")", "[nn]") {
    const TemporaryFolder folder;
    const nn::Params params(1);
    const test::Layers layers(params);
    nn::load(params, test::pytorch_layers + ".safetensors", {.layout = nn::Layout::pytorch});
    nn::save(params, folder / "f", {.layout = nn::Layout::pytorch});
    CHECK(nn::load(params, folder / "f", {.layout = nn::Layout::pytorch}).complete());
    keep(folder / "f", "pytorch_layers");
}
