// Six architectures made of options, with the weights that Hugging Face's models of the same sizes saved: their logits,
// at once and step by step, and their gradients.
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/params/load.hpp>
#include <heed/nn/params/rules/hugging_face.hpp>
#include <heed/tests/architectures/bert.hpp>
#include <heed/tests/architectures/gpt2.hpp>
#include <heed/tests/architectures/llama.hpp>
#include <heed/tests/architectures/t5.hpp>
#include <heed/tests/architectures/vit.hpp>
#include <heed/tests/architectures/whisper.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::architectures;

namespace {

const std::string files = std::string(HEED_SOURCE_DIR) + "/tests/files/huggingface/";

// What went into the model and what came out.
class Expected {
public:
    explicit Expected(const std::string& name) : file_(files + name + "_expected.safetensors") {}
    Var values(const std::string& name) const {
        const io::TensorInfo& info = *file_.find(name);
        Array x = Array::from_shape(info.shape);
        file_.read_as<Real>(info, {x.data(), x.size()});
        return x;
    }
    Ints ids(const std::string& name) const {
        const io::TensorInfo& info = *file_.find(name);
        Ints x = Ints::from_shape(info.shape);
        file_.read_as<std::int64_t>(info, {x.data(), x.size()});
        return x;
    }
    Mask seen() const {
        const Var m = values("attention_mask");
        return keep(reshape(m, {m.dim(0), 1, 1, m.dim(1)}));
    }

private:
    io::SafetensorsReader file_;
};

double difference(const Var& x, const Var& y) {
    REQUIRE(x.shape() == y.shape());
    return static_cast<double>(max(abs(x - y)).item());
}

constexpr double near = sizeof(Real) == 4 ? 1e-5 : 1e-12;

template <class Model>
struct Loaded {
    nn::Params params;
    Model model;
    Expected expected;
    Loaded(const std::string& name, const typename Model::Options& options, const nn::Rules& rules)
        : model(params, options), expected(name) {
        nn::load(params, files + name + ".safetensors", {.rules = rules});
    }
    // The logits, where `counts` is not 0. They must train every parameter that is not frozen.
    template <class Call>
    void check(const Call& call, In counts = 1) const {
        CHECK(difference(call() * counts, expected.values("logits") * counts) < near);
        Tape tape;
        const Var y = call();
        tape.backward(sum(square(y - 1)));
        CHECK_NOTHROW(params.require_reached());
    }
};

// The same ids one after the other, to the bit.
template <class Next>
void check_steps(const Var& whole, const Ints& ids, const Next& next) {
    nn::StackCache cache;
    for (Dim t = 0; t < ids.shape()[1]; ++t) {
        Ints one = Ints::from_shape({ids.shape()[0], 1});
        for (Dim b = 0; b < one.shape()[0]; ++b) one(b, 0) = ids(b, t);
        CHECK(elements(next(one, cache).value()) == elements(slice(whole, 1, t, t + 1).value()));
    }
}

template <class Model>
void check_language_model(const char* name, const nn::Rules& rules) {
    const Loaded<Model> loaded(name, {}, rules);
    const Ints ids = loaded.expected.ids("input_ids");
    loaded.check([&] { return loaded.model(ids); });
    check_steps(loaded.model(ids), ids, [&](const Ints& one, nn::StackCache& c) { return loaded.model.next(one, c); });
}

}  // namespace

TEST_CASE("architectures: GPT-2 (" HEED_TAG ")", "[nn]") { check_language_model<Gpt2>("gpt2", nn::rules::gpt2()); }

TEST_CASE("architectures: BERT (" HEED_TAG ")", "[nn]") {
    const Loaded<Bert> bert("bert", {}, nn::rules::bert());
    const Expected& given = bert.expected;
    const Ints ids = given.ids("input_ids"), types = given.ids("token_type_ids");
    // Behind the end of a text, anything may come out.
    bert.check([&] { return bert.model(ids, types, given.seen()); }, unsqueeze(given.values("attention_mask"), 2));
}

TEST_CASE("architectures: BERT's pooler, and classes of texts (" HEED_TAG ")", "[nn]") {
    const Loaded<BertPooler> bert("bert_pooler", {}, nn::rules::bert());
    const Expected& given = bert.expected;
    const Ints ids = given.ids("input_ids"), types = given.ids("token_type_ids");
    bert.check([&] { return bert.model(ids, types, given.seen()); });
}

TEST_CASE("architectures: ViT (" HEED_TAG ")", "[nn]") {
    const Loaded<Vit> vit("vit", {}, nn::rules::vit());
    const Var images = permute(vit.expected.values("pixel_values"), {0, 2, 3, 1});
    vit.check([&] { return vit.model(images); });
}

TEST_CASE("architectures: T5, and its version 1.1 (" HEED_TAG ")", "[nn]") {
    for (const bool gated : {false, true}) {
        const Loaded<T5> t5(gated ? "t5_1_1" : "t5", {.version_1_1 = gated}, nn::rules::t5());
        const Ints text = t5.expected.ids("input_ids"), ids = t5.expected.ids("decoder_input_ids");
        const Mask seen = t5.expected.seen();
        t5.check([&] { return t5.model(t5.model.read(text, seen), ids); });
        const std::vector<nn::AttentionMemory> memory = t5.model.read(text, seen);
        check_steps(t5.model(memory, ids), ids,
                    [&](const Ints& one, nn::StackCache& c) { return t5.model.next(memory, one, c); });
    }
}

TEST_CASE("architectures: T5's encoder alone (" HEED_TAG ")", "[nn]") {
    const Loaded<T5Encoder> t5("t5_encoder", {}, nn::rules::t5());
    const Expected& given = t5.expected;
    const Ints ids = given.ids("input_ids");
    t5.check([&] { return t5.model(ids, given.seen()); }, unsqueeze(given.values("attention_mask"), 2));
}

TEST_CASE("architectures: Llama (" HEED_TAG ")", "[nn]") { check_language_model<Llama>("llama", nn::rules::llama()); }

TEST_CASE("architectures: Whisper (" HEED_TAG ")", "[nn]") {
    const Loaded<Whisper> whisper("whisper", {}, nn::rules::whisper());
    const Var sound = transpose(whisper.expected.values("input_features"));
    const Ints ids = whisper.expected.ids("decoder_input_ids");
    whisper.check([&] { return whisper.model(whisper.model.read(sound), ids); });
    const std::vector<nn::AttentionMemory> memory = whisper.model.read(sound);
    check_steps(whisper.model(memory, ids), ids,
                [&](const Ints& one, nn::StackCache& c) { return whisper.model.next(memory, one, c); });
    CHECK(difference(whisper.model.sines.table, nn::timestep_embedding(linspace(0, 6, 7), 16)) < 1e-6);
}
