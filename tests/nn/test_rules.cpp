// Rules of names in files, and loading by them: split files, dtypes, what is left out, and what is refused.
#include <heed/heed.hpp>
#include <heed/nn/params/rules/match.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tensors.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using test::put_tensors;

namespace {

std::string renamed(const std::string& from, const std::string& to, const std::string& name) {
    const std::optional<nn::Texts> texts = nn::match(from, name);
    return texts ? nn::fill_in(to, *texts) : "no match";
}
std::string refusal(const nn::Rules& rules) {
    return error_of<RangeError>([&] { nn::check_rules(rules); });
}

}  // namespace

TEST_CASE("rules: patterns stand for parts of names, in both directions", "[nn]") {
    CHECK(renamed("layer.{i}.w", "layers.{i}.weight", "layer.12.w") == "layers.12.weight");
    CHECK(renamed("layer.{i}.w", "x", "layer.1.2.w") == "no match");
    CHECK(renamed("layer.{i}.w", "x", "layer..w") == "no match");
    CHECK(renamed("layer.{i}.w", "x", "layer.1.w.b") == "no match");
    CHECK(renamed("layer.{i}.w", "x", "layer.1") == "no match");
    CHECK(renamed("l{i}.{name}", "{name}.{i}", "l3.bias") == "bias.3");
    CHECK(renamed("model.*", "*", "model.a.b") == "a.b");
    CHECK(renamed("model.*", "*", "model") == "no match");
    CHECK(renamed("*", "model.*", "") == "model.");
    CHECK(renamed("h.{i}.*.bias", "x.{i}.*.b", "h.0.attn.c.bias") == "x.0.attn.c.b");
    CHECK(renamed("a*a", "*", "a") == "no match");  // the two ends do not overlap
    CHECK(renamed("a*a", "<*>", "aa") == "<>");
    CHECK(renamed("w", "v", "w") == "v");
    CHECK(renamed("w", "v", "ww") == "no match");
    const nn::Rules rules = {{"a.*", "b.*"}, {{"c", "d"}, "e"}, {"f"}, {"a.x", "never"}};
    CHECK(nn::find_rule(rules, nn::RuleSide::theirs, "a.x").rule == &rules[0]);
    CHECK(nn::find_rule(rules, nn::RuleSide::theirs, "d").index == 1);
    CHECK(nn::find_rule(rules, nn::RuleSide::theirs, "f").rule == &rules[2]);
    CHECK(nn::find_rule(rules, nn::RuleSide::ours, "f").rule == nullptr);
    CHECK(nn::find_rule(rules, nn::RuleSide::ours, "b.y").texts[0].second == "y");
}

TEST_CASE("rules: what is none is refused", "[nn]") {
    CHECK(refusal({{}}) == "Rule: one without a name in the file");
    CHECK(refusal({{"a.{i", "b"}}) == "Rule: pattern 'a.{i' has a '{' without a name and a '}' behind it");
    CHECK(refusal({{"a.{}", "b"}}) == "Rule: pattern 'a.{}' has a '{' without a name and a '}' behind it");
    CHECK(refusal({{"a.}", "b"}}) == "Rule: pattern 'a.}' has a '}' that closes nothing");
    CHECK(refusal({{"a.{i}x", "b.{i}"}}) == "Rule: pattern 'a.{i}x' goes on behind a '}'; expected a dot or the end");
    CHECK(refusal({{"*.{i}", "{i}.*"}}) == "Rule: pattern '*.{i}' has more than text behind its '*'");
    CHECK(refusal({{"a.*.*"}}) == "Rule: pattern 'a.*.*' has more than text behind its '*'");
    CHECK(refusal({{"{i}.{i}", "{i}"}}) == "Rule: pattern '{i}.{i}' has one name twice");
    CHECK(refusal({{"a.{i}", "b.{j}"}}) ==
          "Rule: 'a.{i}' and 'b.{j}' have different names in braces, or '*' in one alone");
    CHECK_THAT(refusal({{"a.*", "b"}}), Containing("'*' in one alone"));
    CHECK_THAT(refusal({{{"a.{i}", "a"}, "b.{i}"}}), Containing("'a.{i}' and 'a' have different"));
    CHECK(refusal({{{"a", "b"}, {"c", "d"}}}) == "Rule: 'a' has several names on both sides");
    CHECK(refusal({{.theirs = "a", .ours = "b", .ones = -1}}) == "Rule: 'a' has ones = -1; expected 0 or more");
    CHECK(refusal({{"h.{i}.*", {"a.{i}.*", "b.{i}.*"}}, {"*.mask"}}) == "no error");
}

TEST_CASE("load rules: joined tensors are split, others joined, and some left out", "[nn]") {
    const TemporaryFolder folder;
    const nn::Params params(1);
    const nn::Linear first(params / "first", 2, 2), second(params / "second", 2, 1), third(params / "third", 1, 4);
    put_tensors(folder / "f", {{"fused.weight", {{2, 3}, {1, 2, 3, 4, 5, 6}}},
                               {"fused.bias", {{3}, {7, 8, 9}}},
                               {"u.weight", {{1, 2}, {1, 2}}},
                               {"v.weight", {{1, 2}, {3, 4}}},
                               {"u.bias", {{1, 2}, {5, 6}}},
                               {"v.bias", {{1, 2}, {7, 8}}},
                               {"deep.attn.mask", {{1}, {0}}},
                               {"position_ids", {{1}, {0}}}});
    nn::Rules rules = {{"fused.*", {"first.*", "second.*"}},
                       {{"u.weight", "v.weight"}, "third.weight"},
                       {.theirs = {"u.bias", "v.bias"}, .ours = "third.bias", .ones = 1},
                       {"*.mask"},
                       {"position_ids"}};
    const nn::LoadReport report = nn::load(params, folder / "f", {.rules = rules});
    CHECK(report.complete());
    CHECK(report.ignored == std::vector<std::string>{"deep.attn.mask", "position_ids"});
    CHECK(report.text() == "6 loaded\n  left out: deep.attn.mask; position_ids");
    CHECK(elements(first.weight.value()) == std::vector<double>{1, 2, 4, 5});
    CHECK(elements(second.weight.value()) == std::vector<double>{3, 6});
    CHECK(elements(first.bias.value()) == std::vector<double>{7, 8});
    CHECK(elements(third.weight.value()) == std::vector<double>{1, 2, 3, 4});
    CHECK(elements(third.bias.value()) == std::vector<double>{5, 6, 7, 8});

    const std::vector<double> before = elements_of(params.list());
    const auto refused = [&](const test::Tensors& tensors) {
        put_tensors(folder / "g", tensors);
        const std::string text = text_of([&] { nn::load(params, folder / "g", {.rules = rules}); });
        CHECK(elements_of(params.list()) == before);
        return text;
    };
    CHECK_THAT(refused({{"fused.weight", {{2, 4}, std::vector<double>(8)}}}),
               Containing("first.weight (2, 2), which the file should hold as (2, 3), in the file (2, 4)"));
    CHECK_THAT(refused({{"u.weight", {{1, 2}, {1, 2}}}}),
               Containing("third.weight (1, 4), of which the file lacks 'v.weight'"));
    CHECK_THAT(refused({{"u.bias", {{2}, {1, 2}}}, {"v.bias", {{2}, {1, 2}}}}),
               Containing("third.bias (4), which the file should hold as (1, 2), in the file (2)"));
    rules[0] = {"fused.*", {"first.*", "other.*"}};
    CHECK(refused({{"fused.bias", {{3}, {7, 8, 9}}}}) ==
          "Rule: 'fused.*' holds 'first.bias' and 'other.bias', and the model has no 'other.bias'");
}

TEST_CASE("load rules: an index of files, or a folder", "[nn]") {
    const TemporaryFolder folder;
    const nn::Params params(1);
    const nn::Linear layer(params, 1, 2);
    put_tensors(folder / "a.safetensors", {{"weight", {{1, 2}, {1, 2}}}});
    put_tensors(folder / "b.safetensors", {{"bias", {{2}, {3, 4}}}});
    put(folder / "model.safetensors.index.json",
        R"({"metadata":{},"weight_map":{"weight":"a.safetensors","bias":"b.safetensors"}})");
    CHECK(nn::load(params, folder.path()).complete());
    CHECK(elements_of(params.list()) == std::vector<double>{1, 2, 3, 4});
    put_tensors(folder / "b.safetensors", {{"bias", {{3}, {3, 4, 5}}}});
    CHECK_THAT(text_of([&] { nn::load(params, folder / "model.safetensors.index.json"); }),
               StartsWith(folder / "model.safetensors.index.json: does not fit the model"));
}

TEST_CASE("load rules: every floating dtype is converted, and integers are no parameters", "[nn]") {
    const TemporaryFolder folder;
    const nn::Params params(1);
    const Var w = params.make("w", {3}, nn::init::constant(0));
    const std::uint16_t half[] = {0x3e00, 0xc000, 0x0001}, brain[] = {0x3fc0, 0xc000, 0x0001};
    const double wide[] = {1.5, -2, 0.1};
    const std::int32_t whole[] = {1, 2, 3};
    const auto loaded = [&](io::Dtype dtype, const void* data) {
        io::write_safetensors(folder / "f", {{"w", dtype, {3}, data}});
        nn::load(params, folder / "f");
        return elements(w.value());
    };
    CHECK(loaded(io::Dtype::F16, half) == std::vector<double>{1.5, -2, 0x1p-24});
    CHECK(loaded(io::Dtype::BF16, brain) == std::vector<double>{1.5, -2, 0x1p-133});
    CHECK(loaded(io::Dtype::F64, wide) == std::vector<double>{1.5, -2, 0.1f});
    CHECK_THAT(text_of([&] { loaded(io::Dtype::I32, whole); }), Containing("w, in the file of dtype I32"));
}
