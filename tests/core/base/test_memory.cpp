// Pooled memory: reuse, accounting, blocks that cross threads, and no allocation in a steady training loop.
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>
#include <heed/ops/ops.hpp>
#include <heed/tests/attention.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/sanitizer.hpp>
#include <heed/tests/tools.hpp>

#ifndef HEED_SANITIZED
static thread_local std::size_t news = 0;
// Counts this thread's calls of operator new. Not inline: g++ 14 otherwise inlines only one of new and delete, and
// warns that they do not match.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++news;
    if (void* memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#else
static std::size_t news = 0;
#endif
std::size_t news_of_thread() { return news; }  // for test_acceptance.cpp; always 0 under sanitizers

using namespace heed;

TEST_CASE("memory: blocks are aligned, and used again", "[memory]") {
    if (!memory_is_pooled()) return;
    for (const Dim n : {1, 15, 16, 17, 1000, 100000}) {
        const void* first = nullptr;
        {
            const Array x = Array::from_shape({n});
            first = x.storage().data();
            CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
        }
        const std::size_t before = memory_report().system_allocations;
        const Array y = Array::from_shape({n});
        CHECK(y.storage().data() == first);
        CHECK(memory_report().system_allocations == before);
    }
}

TEST_CASE("memory: linear_cross_entropy stores one block of logits at a time, and equals cross_entropy", "[memory]") {
    const Dim rows = 1000, width = 8, classes = 20000;  // five blocks
    const Var x = Var::leaf(noise({rows, width}, 1)), w = Var::leaf(noise({width, classes}, 2)),
              bias = Var::leaf(noise({classes}, 3));
    Ints labels = Ints::from_shape({rows});
    for (Dim i = 0; i < rows; ++i) labels(i) = i % 7 == 6 ? -100 : 17 * i;
    const CrossEntropyOptions options{.smoothing = 0.1};
    const Array dy = filled({}, rows);  // gradients of about 1
    const bool tied = GENERATE(false, true);

    reset_memory_peak();
    const std::size_t before = memory_report().live;
    const Outcome in_blocks =
        tied ? outcome(
                   {x, w}, [&] { return linear_cross_entropy(x, transpose(w), labels, options); }, dy)
             : outcome(
                   {x, w, bias}, [&] { return linear_cross_entropy(x, w, bias, labels, options); }, dy);
    if (memory_is_pooled()) CHECK(memory_report().peak - before < rows * classes * sizeof(Real) / 3);
    const Outcome at_once =
        tied ? outcome(
                   {x, w}, [&] { return cross_entropy(linear(x, w), labels, options); }, dy)
             : outcome(
                   {x, w, bias}, [&] { return cross_entropy(linear(x, w, bias), labels, options); }, dy);
    CHECK(distance(in_blocks, at_once) <= 1e-5);
}

TEST_CASE("memory: live, pooled and peak", "[memory]") {
    if (!memory_is_pooled()) return;
    release_pooled_memory();
    const MemoryReport start = memory_report();
    reset_memory_peak();
    const std::size_t megabyte = std::size_t{1} << 20;
    {
        const Array x = filled({1 << 18}, 0);
        const std::size_t one = memory_report().live - start.live;
        CHECK(one >= megabyte);
        CHECK(one <= megabyte * 5 / 4);
        {
            const Array y = filled({1 << 18}, 0);
            CHECK(memory_report().live - start.live == 2 * one);
        }
        CHECK(memory_report().live - start.live == one);
        CHECK(memory_report().pooled - start.pooled == one);
        CHECK(memory_report().peak - start.live == 2 * one);
    }
    CHECK(memory_report().live == start.live);
    reset_memory_peak();
    CHECK(memory_report().peak == memory_report().live);
    release_pooled_memory();
    CHECK(memory_report().pooled <= start.pooled);
    const std::size_t asked = memory_report().system_allocations;
    const Array again = filled({1 << 18}, 0);
    CHECK(memory_report().system_allocations == asked + 1);
}

TEST_CASE("memory: a block freed by another thread returns to its owner", "[memory]") {
    if (!memory_is_pooled()) return;
    release_pooled_memory();
    const std::size_t live = memory_report().live;
    for (int round = 0; round < 3; ++round) {
        const std::size_t before = memory_report().system_allocations;
        auto x = std::make_unique<Array>(filled({50000}, 1));
        if (round) CHECK(memory_report().system_allocations == before);
        std::thread([&] { x.reset(); }).join();
    }
    const Array y = filled({50000}, 1);
    const std::size_t one = memory_report().live - live;
    CHECK(one >= 50000 * sizeof(Real));
    CHECK(one <= 50000 * sizeof(Real) * 5 / 4 + 128);
}

TEST_CASE("memory: threads that end leave their pool to the next", "[memory]") {
    if (!memory_is_pooled()) return;
    const auto work = [] { const Array x = filled({70000}, 1); };
    std::thread(work).join();
    const std::size_t before = memory_report().system_allocations;
    for (int i = 0; i < 5; ++i) std::thread(work).join();
    CHECK(memory_report().system_allocations == before);
}

TEST_CASE("memory: a training loop allocates nothing after its second step", "[memory]") {
    const Var w = Var::leaf(filled({16, 8}, Real(0.1))), b = Var::leaf(filled({8}, 0));
    const Var x(filled({4, 16}, 1));
    std::size_t blocks = 0, calls = 0;
    for (int step = 0; step < 100; ++step) {
        if (step == 2) {
            blocks = memory_report().system_allocations;
            calls = news;
        }
        Tape tape;
        const Var h = tanh(linear(x, w, b)), loss = mean(h * h);
        tape.backward(loss);
        for (const Var* p : {&w, &b}) {
            Real* to = p->mutable_value("test").data();
            const Real* from = p->grad().storage().data();
            for (Dim i = 0; i < p->size(); ++i) to[i] -= Real(0.1) * from[i];
            p->clear_grad();
        }
    }
    CHECK(memory_report().system_allocations == blocks);
    CHECK(news == calls);
}
