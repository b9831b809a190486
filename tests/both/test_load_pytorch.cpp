// PyTorch's weights in heed's layers: the layer states how its parameters are stored, and shapes that happen to fit
// decide nothing. Outputs beside PyTorch's (tools/make_reference, class Layers), and refusals by name.
#include <heed/core/io/safetensors.hpp>
#include <heed/heed.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/pytorch_layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using test::Layers;

namespace {

const std::string& files = test::pytorch_layers;
const nn::LoadOptions theirs{.layout = nn::Layout::pytorch}, loosely{.layout = nn::Layout::pytorch, .strict = false};

void check_outputs(const Layers& layers) {
    const io::SafetensorsReader expected(files + "_outputs.safetensors");
    const auto read = [&](const std::string& name) {
        const io::TensorInfo* info = expected.find(name);
        REQUIRE(info);
        Array y = Array::from_shape(info->shape);
        expected.read_as<Real>(*info, {y.data(), static_cast<std::size_t>(count(y))});
        return Var(y);
    };
    for (const auto& [name, y] : layers.outputs(read("x"))) {
        CAPTURE(name);
        const Var wanted = read(name);
        REQUIRE(y.shape() == wanted.shape());
        CHECK(max(abs(y - wanted)).item() <
              (sizeof(Real) == 8 ? 1e-12 : 1e-5) * std::max(Real(1), max(abs(wanted)).item()));
    }
}

struct File {
    TemporaryFolder folder;
    std::string path = folder / "f.safetensors";
    void put(const std::vector<std::pair<std::string, Array>>& arrays) const {
        nn::Checkpoint c;
        for (const auto& [name, value] : arrays) c.put(name, value);
        c.save(path);
    }
};

Array counted(const Shape& shape) {  // 1, 2, 3, ...
    Array x = Array::from_shape(shape);
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = static_cast<Real>(i + 1);
    return x;
}

}  // namespace

TEST_CASE("load pytorch: every layer gives PyTorch's outputs, whatever its shapes are (" HEED_TAG ")", "[nn]") {
    const nn::Params params(1);
    const Layers layers(params);
    const nn::LoadReport report = nn::load(params, files + ".safetensors", theirs);
    CHECK(report.complete());
    check_outputs(layers);
    const nn::Params copy = params.clone();  // has the same layouts
    const Layers twin(copy);
    for (const Var& p : copy.list()) p.mutable_value("test") = filled(p.shape(), 0);
    CHECK(nn::load(copy, files + ".safetensors", theirs).complete());
    check_outputs(twin);
}

TEST_CASE("load pytorch: rules change names, and layouts where they say so (" HEED_TAG ")", "[nn]") {
    const File file;
    file.put({{"q_proj_weight", counted({4, 4})},
              {"deep.weight", counted({3, 3, 3})},
              {"deep.bias", counted({3})},
              {"tok.weight", counted({4, 4})}});
    const nn::Params params(1);
    const nn::MultiHeadAttention attend(params / "a", 4, 2);
    const nn::Conv1d conv(params / "c", 3, 3, 3);
    const nn::Embedding embed(params / "e", 4, 4);
    const auto turned = [&] {
        return elements(attend.query.weight.value()) == elements(heed::transpose(counted({4, 4})).value()) &&
               elements(conv.weight.value()) == elements(permute(counted({3, 3, 3}), {2, 1, 0}).value()) &&
               elements(embed.table.value()) == elements(counted({4, 4}));
    };
    for (const std::string query : {"a.query.weight", "a.q_proj_weight"})
        for (const std::string table : {"e.table", "e.weight"}) {
            CAPTURE(query, table);
            for (const Var& p : params.list()) p.mutable_value("test") = filled(p.shape(), 0);
            nn::LoadOptions options = loosely;
            options.rules = {{"q_proj_weight", query}, {"deep.*", "c.*"}, {"tok.weight", table}};
            CHECK(nn::load(params, file.path, options).loaded.size() == 4);
            CHECK(turned());
        }
}

TEST_CASE("load pytorch: a second recurrent layer is the layer's own, or one more of heed's (" HEED_TAG ")", "[nn]") {
    const auto names = {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"};
    const File file;
    std::vector<std::pair<std::string, Array>> tensors;
    for (const std::string layer : {"0", "1"})
        for (const std::string name : names)
            tensors.emplace_back("rnn." + name + layer, counted(name[0] == 'b' ? Shape{6} : Shape{6, 2}));
    file.put(tensors);
    const nn::Params params(1);
    const nn::GRU first(params / "rnn", 2, 2);
    const std::string text = "'rnn.weight_ih_l1', of a further layer than the model has: make it with as many .layers";
    CHECK_THAT(text_of([&] { nn::load(params, file.path, theirs); }), Containing(text));
    CHECK_THAT(text_of([&] { nn::load(params, file.path, loosely); }), Containing(text));
    const nn::GRU second(params / "second", 2, 2);
    nn::LoadOptions options = theirs;
    for (const std::string name : names) options.rules.push_back({"rnn." + name + "1", "second." + name + "0"});
    CHECK(nn::load(params, file.path, options).complete());
    CHECK(elements(second.forward.hidden.weight.value()) == elements(heed::transpose(counted({6, 2})).value()));
    const nn::Params whole(1);
    const nn::GRU both(whole / "rnn", 2, 2, {.layers = 2});
    CHECK(nn::load(whole, file.path, theirs).complete());
    CHECK(elements(both.above[0].forward.hidden.weight.value()) == elements(heed::transpose(counted({6, 2})).value()));
}

TEST_CASE("load pytorch: what heed's layer lacks is refused by name, strict or not (" HEED_TAG ")", "[nn]") {
    const auto refused = [](const auto& make, std::vector<std::pair<std::string, Array>> tensors,
                            const std::string& text) {
        const File file;
        file.put(tensors);
        const nn::Params params(1);
        const auto layer = make(params);
        std::vector<std::vector<double>> before;
        for (const Var& p : params.list()) before.push_back(elements(p.value()));
        for (const nn::LoadOptions& options : {theirs, loosely})
            CHECK_THAT(text_of([&] { nn::load(params, file.path, options); }), Containing(text));
        for (std::size_t i = 0; i < before.size(); ++i) CHECK(elements(params.list()[i].value()) == before[i]);
    };
    const Array one = counted({3});
    refused([](const nn::Params& p) { return nn::GroupNorm(p / "n", 1, 3); },
            {{"n.weight", one}, {"n.bias", one}, {"n.running_mean", one}, {"n.running_var", one}},
            "'n.running_mean', of a BatchNorm, which the model has not: make it with nn::BatchNorm");
    refused([](const nn::Params& p) { return nn::LSTM(p, 3, 3); },
            {{"weight_ih_l0", counted({12, 3})}, {"weight_hr_l0", counted({2, 3})}},
            "'weight_hr_l0', of an LSTM with proj_size, which heed lacks");
    refused([](const nn::Params& p) { return nn::MultiHeadAttention(p, 2, 1); },
            {{"in_proj_weight", counted({6, 2})}, {"bias_k", counted({1, 1, 2})}, {"bias_v", counted({1, 1, 2})}},
            "'bias_k', of a MultiheadAttention with add_bias_kv, which heed lacks");
    refused([](const nn::Params& p) { return nn::Linear(p, 3, 3); },
            {{"bias", one}, {"weight_g", counted({3, 1})}, {"weight_v", counted({3, 3})}},
            "'weight_v', of a weight that PyTorch makes anew in each step");
}

TEST_CASE("load pytorch: tied weights go to one parameter, others do not (" HEED_TAG ")", "[nn]") {
    const File file;
    const nn::Params params(1);
    const nn::Embedding embed(params / "embed", 3, 3);
    nn::LoadOptions options = theirs;
    options.rules = {{"out.weight", "embed.weight"}};
    file.put({{"embed.weight", counted({3, 3})}, {"out.weight", counted({3, 3})}});
    CHECK(nn::load(params, file.path, options).complete());
    CHECK(elements(embed.table.value()) == elements(counted({3, 3})));
    file.put({{"embed.weight", counted({3, 3})}, {"out.weight", filled({3, 3}, 1)}});
    CHECK_THAT(text_of([&] { nn::load(params, file.path, options); }), Containing("make 'embed.weight' of both"));
}

TEST_CASE("load pytorch: tensors of other layers in the file do not matter (" HEED_TAG ")", "[nn]") {
    const File file;
    file.put({{"a.weight", counted({2, 2})},
              {"a.bias", counted({2})},
              {"b.running_mean", counted({2})},
              {"rnn.weight_ih_l0_reverse", counted({2})}});
    const nn::Params params(1);
    const nn::Linear linear(params / "a", 2, 2);
    CHECK(nn::load(params, file.path, loosely).unexpected.size() == 2);
    CHECK(elements(linear.weight.value()) == std::vector<double>{1, 3, 2, 4});
}

TEST_CASE("load pytorch: another shape is reported as PyTorch stores it (" HEED_TAG ")", "[nn]") {
    const File file;
    file.put({{"weight", counted({3, 2, 3})}, {"bias", counted({3})}});
    const nn::Params params(1);
    const nn::Conv1d conv(params, 3, 3, 2);
    CHECK_THAT(text_of([&] { nn::load(params, file.path, theirs); }),
               Containing("weight (2, 3, 3), which the file should hold as (3, 3, 2), in the file (3, 2, 3)"));
    file.put({{"weight", counted({3, 3})}, {"bias", counted({3})}});
    CHECK_THAT(text_of([&] { nn::load(params, file.path, theirs); }), Containing("in the file (3, 3)"));
}

TEST_CASE(
    "load pytorch: a parameter of a user's own layer is as in the file unless the layer states otherwise (" HEED_TAG
    ")",
    "[nn]") {
    const File file;
    file.put({{"own.weight", counted({2, 2})}, {"own.turned", counted({2, 2})}});
    const nn::Params params(1);
    const Var weight = (params / "own").make("weight", {2, 2}, nn::init::constant(0));
    const Var w = (params / "own").make("w", {2, 2}, nn::init::constant(0), {.name = "turned", .axes = {1, 0}});
    nn::load(params, file.path, theirs);
    CHECK(elements(weight.value()) == std::vector<double>{1, 2, 3, 4});
    CHECK(elements(w.value()) == std::vector<double>{1, 3, 2, 4});
}
