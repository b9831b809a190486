// Parameters saved as PyTorch and other programs keep them: the bits of the file that they came from.
#include <heed/heed.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/pytorch_layers.hpp>
#include <heed/tests/tensors.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using test::Tensors;

namespace {

const nn::Layout pytorch = nn::Layout::pytorch;

Tensors saved(const nn::Params& params, const nn::SaveOptions& options) {
    const TemporaryFolder folder;
    nn::save(params, folder / "f", options);
    CHECK(folder.files() == 1);
    return test::tensors_of(folder / "f");
}

std::vector<std::string> names_of(const Tensors& tensors) {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors) names.push_back(name);
    return names;
}

}  // namespace

TEST_CASE("save: every layer of PyTorch's is written as it was read (" HEED_TAG ")", "[nn]") {
    const nn::Params params(1);
    const test::Layers layers(params);
    const std::string path = test::pytorch_layers + ".safetensors";
    const nn::LoadReport report = nn::load(params, path, {.layout = pytorch});
    CHECK(report.ignored == std::vector<std::string>{"batch_norm.num_batches_tracked"});
    Tensors wanted = test::tensors_of<Real>(path);
    wanted.erase("batch_norm.num_batches_tracked");
    const Tensors made = saved(params, {.layout = pytorch});
    CHECK(names_of(made) == names_of(wanted));
    CHECK(made == wanted);
}

TEST_CASE("save: in heed's layout, and back (" HEED_TAG ")", "[nn]") {
    const nn::Params params(1), other(2);
    const test::Layers layers(params), twin(other);
    const TemporaryFolder folder;
    nn::save(params, folder / "f");
    CHECK(test::tensors_of(folder / "f").size() == params.list().size());
    CHECK(io::SafetensorsReader(folder / "f").metadata().count("format") == 0);
    CHECK(nn::load(other, folder / "f").complete());
    CHECK(elements_of(other.list()) == elements_of(params.list()));
    nn::save(params / "lstm_deep", folder / "part");
    CHECK(nn::load(other / "lstm_deep", folder / "part").complete());
}

TEST_CASE("save: by rules, backwards, whatever order and shape they give (" HEED_TAG ")", "[nn]") {
    const nn::Rules rules = {
        {.theirs = "block.{i}.qkv.*",
         .ours = {"layers.{i}.attend.query.*", "layers.{i}.attend.key.*", "layers.{i}.attend.value.*"},
         .layout = nn::Layout::heed},
        {"block.{i}.out.*", "layers.{i}.attend.out.*"},
        {.theirs = {"block.{i}.first.*", "block.{i}.second.*"}, .ours = "layers.{i}.feed.up.*"},
        {.theirs = "places", .ours = "positions.table", .ones = 2},
        {"words.*", "tokens.*"},
        {"copy.*", "tokens.*"},
        {"whole.*", "*"},
    };
    struct Model {
        nn::Embedding tokens;
        nn::LearnedPositions positions;
        nn::TransformerEncoder encoder;
        explicit Model(const nn::Params& p)
            : tokens(p / "tokens", 5, 4), positions(p / "positions", 6, 4),
              encoder(p, 2, 4, 2, {.hidden = 6, .key_heads = 1}) {}
    };
    const nn::Params params(1), other(2);
    const Model model(params), twin(other);
    for (const Var& p : params.list())
        p.mutable_value("test") = normals(p.shape(), RandomStream(Key{1, 0}, hash_text(p.name())));
    const TemporaryFolder folder;
    const nn::SaveOptions options{.layout = pytorch, .rules = rules};
    nn::save(params, folder / "f", options);
    Tensors tensors = test::tensors_of(folder / "f");
    const auto shape = [&](const std::string& name) { return tensors.at(name).first; };
    CHECK(shape("block.1.qkv.weight") == Shape{4, 8});  // (in, out): 4 of the queries, 2 of each of the others
    CHECK(shape("block.0.qkv.bias") == Shape{8});
    CHECK(shape("block.0.first.weight") == Shape{3, 4});  // (out, in)
    CHECK(shape("block.0.second.bias") == Shape{3});
    CHECK(shape("places") == Shape{1, 1, 6, 4});
    CHECK(shape("words.weight") == Shape{5, 4});
    CHECK(shape("whole.layers.1.linear2.weight") == Shape{4, 6});
    CHECK_FALSE(tensors.contains("copy.weight"));
    const auto value = [&](const Var& p) { return elements(p.value()); };
    CHECK(tensors.at("block.0.first.weight").second ==
          elements(transpose(slice(model.encoder.layers[0].feed.up.weight, 1, 0, 3)).value()));
    CHECK(tensors.at("block.1.qkv.weight").second ==
          elements(concat({model.encoder.layers[1].attend.query.weight, model.encoder.layers[1].attend.key.weight,
                           model.encoder.layers[1].attend.value.weight})
                       .value()));
    CHECK(tensors.at("words.weight").second == value(model.tokens.table));
    CHECK(io::SafetensorsReader(folder / "f").metadata().at("format") == "pt");
    const nn::LoadReport report = nn::load(other, folder / "f", {.layout = pytorch, .rules = rules});
    CHECK(report.complete());
    CHECK(elements_of(other.list()) == elements_of(params.list()));
    nn::save(other, folder / "g", options);
    CHECK(content_of(folder / "g") == content_of(folder / "f"));
}

TEST_CASE("save: projections of several widths are not joined (" HEED_TAG ")", "[nn]") {
    const nn::Params params(1);
    const nn::MultiHeadAttention grouped(params / "grouped", 4, 2, {.key_heads = 1});
    const nn::MultiHeadAttention wide(params / "wide", 4, 2, {.memory_width = 6});
    const std::vector<std::string> wanted = {
        "grouped.k_proj_bias", "grouped.k_proj_weight", "grouped.out_proj.bias", "grouped.out_proj.weight",
        "grouped.q_proj_bias", "grouped.q_proj_weight", "grouped.v_proj_bias",   "grouped.v_proj_weight",
        "wide.in_proj_bias",   "wide.k_proj_weight",    "wide.out_proj.bias",    "wide.out_proj.weight",
        "wide.q_proj_weight",  "wide.v_proj_weight"};
    CHECK(names_of(saved(params, {.layout = pytorch})) == wanted);
    const nn::Params half = params.clone();  // without its value, whose part of in_proj_weight is missing
    CHECK(names_of(saved(half / "wide" / "query", {.layout = pytorch})) ==
          std::vector<std::string>{"wide.q_proj_bias", "wide.q_proj_weight"});
}

TEST_CASE("save: what cannot be written is refused, and the file stays (" HEED_TAG ")", "[nn]") {
    const nn::Params params(1);
    const nn::Linear a(params / "a", 2, 3), b(params / "b", 2, 3);
    const TemporaryFolder folder;
    nn::save(params, folder / "f");
    const std::string before = content_of(folder / "f");
    const auto refusal = [&](const nn::Rules& rules) {
        const std::string text = error_of<RangeError>([&] { nn::save(params, folder / "f", {.rules = rules}); });
        CHECK(content_of(folder / "f") == before);
        CHECK(folder.files() == 1);
        return text;
    };
    CHECK(refusal({{"x.*", "a.*"}, {"x.*", "b.*"}}) == "save: two parameters are 'x.weight' in the file");
    CHECK(refusal({{"x.*", {"a.*", "c.*"}}}) ==
          "Rule: 'x.*' holds 'a.weight' and 'c.weight', and the model has no 'c.weight'");
    CHECK(refusal({{{"x.*", "y.*"}, "a.*"}}) == "Rule: 'a.weight' (2, 3) is no 2 equal parts along axis -1");
    CHECK(refusal({{.theirs = "x", .ours = {"a.weight", "b.bias"}}}) ==
          "Rule: 'x' holds 'a.weight' (2, 3) and 'b.bias' (3), which cannot be joined");
    CHECK(refusal({{.theirs = "x", .ours = {"a.bias", "b.bias"}, .axis = 1}}) ==
          "Rule: 'x' is joined along axis 1 of 'a.bias', which has shape (3)");
}
