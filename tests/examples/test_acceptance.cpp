// Two of the numbered examples, compiled as they are. After their second step they ask the system for nothing.
// What they include stands here first, so that only their own names are in their namespaces.
#include <cstdint>
#include <cstdio>
#include <random>
#include <heed/heed.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

std::size_t news_of_thread();  // test_memory.cpp

namespace classifier {
#include <heed/examples/03_classifier.cpp>
}
namespace reverse {
#include <heed/examples/04_reverse.cpp>
}

namespace {

// Calls of operator new, and blocks that the pool took from the system, in steps 3 to 22 of a training loop.
struct Asked {
    std::size_t news, blocks;
};
template <class Step>
Asked asked_by(Step&& step) {
    Asked before{};
    for (int i = 1; i <= 22; ++i) {
        step();
        if (i == 2) before = {news_of_thread(), heed::memory_report().system_allocations};
    }
    return {news_of_thread() - before.news, heed::memory_report().system_allocations - before.blocks};
}

}  // namespace

TEST_CASE("acceptance: 03_classifier allocates nothing in its steady state", "[memory]") {
    std::mt19937 random(1);
    const heed::nn::Params params(42);
    const classifier::Classifier model(params, {.symbols = 4, .length = 10, .classes = 3});
    heed::nn::Adam adam(params, {.lr = 2e-3});
    const Asked asked = asked_by([&] {
        const classifier::Batch batch(random);
        heed::Tape tape;
        tape.backward(cross_entropy(model(batch.ids), batch.labels));
        adam.step();
    });
    CHECK(asked.news == 0);
    CHECK(asked.blocks == 0);
}

TEST_CASE("acceptance: 04_reverse allocates nothing in its steady state", "[memory]") {
    std::mt19937 random(1);
    const heed::nn::Params params(42);
    const reverse::Reverser model(params, {.symbols = reverse::symbols});
    heed::nn::Adam adam(params, {.lr = 5e-3});
    const Asked asked = asked_by([&] {
        const reverse::Batch batch(random);
        heed::Tape tape;
        tape.backward(cross_entropy(model(batch.ids, batch.previous), batch.wanted));
        adam.step();
    });
    CHECK(asked.news == 0);
    CHECK(asked.blocks == 0);
}
