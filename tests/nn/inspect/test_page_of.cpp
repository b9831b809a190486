// Pages of attention: what is taken from lenses, and roll-out.
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::inspect;

namespace {

Array noise_of(const Shape& shape) { return normals(shape, RandomStream(Key{5, 0}, 1)); }

}  // namespace

TEST_CASE("inspect: a page has what the lenses recorded", "[inspect]") {
    const nn::Params p(1);
    const nn::TransformerEncoder model(p / "encoder", 2, 8, 2);
    const Texts words{"one", "two", "three", "four", "five"};
    Lenses lenses;
    model(noise_of({2, 5, 8}), lengths(Ints{5, 3}));
    const Page page = page_of(lenses, "a title", {{.queries = words, .from = "words", .to = "words"}}, 1);
    check(page);
    CHECK(page.title == "a title");
    REQUIRE(page.layers.size() == 2);
    CHECK(page.layers[1].name == "encoder.layers.1.attend");
    CHECK((page.layers[1].queries == words && page.layers[1].keys == words && page.layers[1].to == "words"));
    REQUIRE(page.layers[1].heads.size() == 2);
    const Array w = lenses["encoder.layers.1.attend"].weights();
    for (Dim h = 0; h < 2; ++h)
        for (Dim i = 0; i < 5; ++i)
            for (Dim j = 0; j < 5; ++j)
                CHECK(page.layers[1].heads[std::size_t(h)][std::size_t(i * 5 + j)] == double(w(1, h, i, j)));
    CHECK(page.layers[1].heads[0][4] == 0);  // the fifth key of this example is masked

    CHECK(page_of(lenses, "").layers[0].keys == Texts{"1", "2", "3", "4", "5"});
    const Page one = page_of(lenses, "", {{.path = "layers.1", .queries = words}});
    CHECK((one.layers.size() == 1 && one.layers[0].name == "encoder.layers.1.attend"));
}

TEST_CASE("inspect: a decoder's steps become the layer that all positions at once give", "[inspect]") {
    const nn::Params p(1);
    const nn::TransformerEncoder model(p, 2, 8, 2);
    const Var x = noise_of({1, 6, 8});
    Page whole, steps;
    {
        const Lenses lenses;
        model(x, causal());
        whole = page_of(lenses, "");
    }
    {
        const Lenses lenses;
        nn::StackCache cache;
        model(slice(x, 1, 0, 3), cache);  // a prompt, then position by position
        for (Dim t = 3; t < 6; ++t) model(slice(x, 1, t, t + 1), cache);
        steps = page_of(lenses, "");
    }
    REQUIRE(steps.layers.size() == 2);
    for (std::size_t l = 0; l < 2; ++l) {
        CHECK(steps.layers[l].name == whole.layers[l].name);
        CHECK(steps.layers[l].keys == whole.layers[l].keys);
        CHECK(steps.layers[l].heads == whole.layers[l].heads);
    }
}

TEST_CASE("inspect: labels that do not fit are refused by layer", "[inspect]") {
    const nn::Params p(1);
    const nn::TransformerEncoder model(p, 1, 8, 2);
    const auto refusal = [](const Lenses& lenses, const std::vector<Labels>& labels, Dim example = 0) {
        return error_of<RangeError>([&] { page_of(lenses, "", labels, example); });
    };
    const Lenses none;
    CHECK_THAT(refusal(none, {}),
               StartsWith("page_of: no attention ran while the lenses were alive; call the model before they end"));
    const Lenses lenses;
    model(noise_of({1, 3, 8}));
    CHECK_THAT(refusal(lenses, {{.queries = {"a", "b"}}}),
               StartsWith("page_of: layer 'layers.0.attend' has 3 queries and 3 keys, its labels are 2 and 2; give one "
                          "for each position"));
    CHECK_THAT(refusal(lenses, {{.queries = {"a", "b", "c"}, .keys = {"a"}}}), Containing("its labels are 3 and 1"));
    CHECK_THAT(refusal(lenses, {{.path = "decoder", .queries = {"a"}}}),
               StartsWith("page_of: the labels fit none of the layers: layers.0.attend"));
    CHECK_THAT(refusal(lenses, {}, 1),
               StartsWith("page_of: there is no example 1 in layer 'layers.0.attend'; expected 0 to 0"));
    const Lenses many;
    model(noise_of({1, 1500, 8}));
    CHECK_THAT(refusal(many, {}), StartsWith("page_of: more than 4194304 weights; look at a shorter example"));
}

TEST_CASE("inspect: a class token is left out, and the parts of an image are named", "[inspect]") {
    Layer layer{.name = "a", .queries = {"c", "0", "1"}, .keys = {"c", "0", "1"}};
    layer.heads = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {9, 8, 7, 6, 5, 4, 3, 2, 1}};
    leave_out_first(layer);
    CHECK((layer.queries == Texts{"0", "1"} && layer.keys == Texts{"0", "1"}));
    CHECK(layer.heads == std::vector<std::vector<double>>{{5, 6, 8, 9}, {5, 4, 2, 1}});
    CHECK(places(2, 2) == Texts{"row 1, column 1", "row 1, column 2", "row 2, column 1", "row 2, column 2"});
}

TEST_CASE("inspect: roll-out multiplies the layers in their order", "[inspect]") {
    // Two tokens: in the first layer both attend to token 0, in the second at token 1.
    const Texts two{"0", "1"};
    const Layer first{.name = "a", .queries = two, .keys = two, .heads = {{1, 0, 1, 0}}};
    const Layer second{.name = "b", .queries = two, .keys = two, .heads = {{0, 1, 0, 1}}};
    // (W2 + I) / 2 (W1 + I) / 2 = {{1/2, 1/2}, {0, 1}} {{1, 0}, {1/2, 1/2}} = {{3/4, 1/4}, {1/2, 1/2}}
    const Layer flow = roll_out({first, second});
    CHECK(flow.heads == std::vector<std::vector<double>>{{0.75, 0.25, 0.5, 0.5}});
    CHECK(received(flow.heads[0], 2) == std::vector<double>{0.625, 0.375});
    Layer both = first;  // two heads: their mean
    both.heads = {{1, 0, 1, 0}, {0, 1, 0, 1}};
    CHECK(roll_out({both}).heads[0] == std::vector<double>{0.75, 0.25, 0.25, 0.75});
    const Layer three{.name = "c",
                      .queries = {"0", "1", "2"},
                      .keys = {"0", "1", "2"},
                      .heads = {std::vector<double>(9, 1.0 / 3)}};
    CHECK_THAT(text_of([&] { roll_out({}); }), StartsWith("roll_out: no layers"));
    CHECK_THAT(text_of([&] {
                   roll_out({first, three});
               }),
               StartsWith("roll_out: layer 'c' has 3 queries and 3 keys; expected 2 of both"));
}
