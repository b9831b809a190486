// Location-aware attention, which knows where it attended before: gradients through several decoder steps, in double.
#include <heed/nn/layers/location.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("nn: gradients through three steps of location-aware attention", "[nn]") {
    const nn::Params p(1);
    const Var queries = Var::leaf(noise({2, 3, 4}, 2), "queries"), memory = Var::leaf(noise({2, 6, 5}, 3), "memory");
    for (const nn::LocationOptions& options :
         {nn::LocationOptions{.filters = 3, .width = 5}, nn::LocationOptions{.filters = 0, .coverage = true},
          nn::LocationOptions{.filters = 2, .width = 3, .coverage = true, .dropout = 0.3}}) {
        const nn::Params own = p / (options.coverage ? "coverage" : "location") / options.filters;
        const nn::LocationAttention layer(own, 4, 5, 6, options);
        std::vector<Var> leaves = own.list();
        leaves.push_back(queries);
        leaves.push_back(memory);
        check_gradients(leaves, "", [&] {
            const nn::AttentionMemory known = layer.remember(memory, lengths({6, 4}));
            nn::AlignmentState state = layer.start(known);
            std::vector<Var> all;
            Var penalty = zeros({2});
            for (Dim step = 0; step < 3; ++step) {
                const Var before = state.covered;
                all.push_back(layer(pick(queries, 1, step), known, state));
                penalty = penalty + nn::coverage_loss(state.previous, before);
            }
            return concat({stack(all, 1), expand(reshape(penalty, {2, 1, 1}), {2, 3, 1})});
        });
    }
}

TEST_CASE("nn: location-aware attention never attends to padding", "[nn]") {
    const nn::Params p(1);
    const nn::LocationAttention layer(p, 4, 5, 6, {.filters = 3, .width = 3, .coverage = true});
    Array memory = noise({2, 6, 5}, 3);
    const auto run = [&] {
        const nn::AttentionMemory known = layer.remember(memory, lengths({6, 2}));
        nn::AlignmentState state = layer.start(known);
        Var context;
        for (std::uint64_t step = 0; step < 3; ++step) context = layer(noise({2, 4}, step), known, state);
        CHECK(sum(slice(pick(state.covered, 0, 1), 0, 2, 6)).item() == 0);
        for (const Dim b : {0, 1}) CHECK(sum(pick(state.covered, 0, b)).item() == Approx(3));
        return elements(context.value());
    };
    const std::vector<double> before = run();
    for (Dim t = 2; t < 6; ++t)
        for (Dim d = 0; d < 5; ++d) memory(1, t, d) = 100;
    CHECK(run() == before);
    CHECK(sum(nn::coverage_loss(Array{{0.25, 0.75}}, Array{{1.0, 0.5}})).item() == 0.75);
}

TEST_CASE("nn: what location-aware attention refuses", "[nn]") {
    const nn::Params p(1);
    CHECK_THAT(
        text_of([&] { nn::LocationAttention(p / "even", 4, 5, 6, {.width = 4}); }),
        StartsWith(
            "LocationAttention 'even': filters is 10 and width 4; expected 0 or more filters of an odd width\n"));
    const nn::LocationAttention layer(p / "a", 4, 5, 6);
    const nn::AttentionMemory known = layer.remember(noise({2, 6, 5}, 3));
    nn::AlignmentState other = layer.start(layer.remember(noise({2, 5, 5}, 3))), state = layer.start(known);
    CHECK_THAT(text_of([&] {
                   layer(noise({2, 4}, 1), known, other);
               }),
               StartsWith("LocationAttention 'a': argument 'state.previous' has shape (2, 5); expected (2, 6), as "
                          "start() makes it of this memory\n"));
    CHECK_THAT(
        text_of([&] {
            layer(noise({2, 1, 4}, 1), known, state);
        }),
        StartsWith("LocationAttention 'a': argument 'q' has shape (2, 1, 4); expected (b, query width): one step\n"));
    CHECK_THAT(
        text_of([&] {
            nn::coverage_loss(noise({2, 3}, 1), noise({2, 4}, 1));
        }),
        StartsWith("coverage_loss: argument 'covered' has shape (2, 4); expected (2, 3) because of 'weights'\n"));
}
