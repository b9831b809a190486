// One model evaluated by several threads, and tapes on two threads. Clean under TSan.
#include <functional>
#include <thread>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Model {
    Var w = Var::leaf(filled({8, 8}, Real(0.1)), "w"), b = Var::leaf(filled({8}, Real(0.5)), "b");
    Var operator()(const Var& x) const { return sum(tanh(linear(x, w, b)) * b); }
};

void together(int threads, const std::function<void(int)>& work) {
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back(work, i);
    for (std::thread& t : running) t.join();
}

}  // namespace

TEST_CASE("threads: one model evaluated by four", "[threads]") {
    const Model model;
    const Var x(filled({4, 8}, 1));
    const Real expected = model(x).item();
    std::vector<Real> got(4);
    together(4, [&](int i) {
        for (int n = 0; n < 50; ++n) got[static_cast<std::size_t>(i)] = model(x).item();
    });
    for (const Real y : got) CHECK(y == expected);
}

TEST_CASE("threads: evaluating under tapes of their own, with shared constants", "[threads]") {
    const Model model;
    const Var x(filled({4, 8}, 1));
    std::vector<std::vector<double>> got(3);
    together(3, [&](int i) {
        for (int n = 0; n < 20; ++n) {
            Tape tape(evaluate);
            const Var own = Var::leaf(filled({4, 8}, 1));  // saliency: of the input, not of the model
            got[static_cast<std::size_t>(i)] = elements(gradient(model(own * x), {own})[0]);
        }
    });
    CHECK_FALSE(model.w.has_grad());
    CHECK(got[0] == got[1]);
    CHECK(got[0] == got[2]);
}

TEST_CASE("threads: tapes on two threads are apart", "[threads]") {
    std::vector<std::vector<double>> got(2);
    together(2, [&](int i) {
        const Model model;
        for (int step = 0; step < 50; ++step) {
            Tape tape(Key{1, static_cast<std::uint64_t>(step)});
            tape.backward(model(Var(filled({4, 8}, Real(1)))));
            Real* to = model.w.mutable_value("test").data();
            for (Dim k = 0; k < 64; ++k) to[k] -= Real(0.01) * model.w.grad().storage().data()[k];
            model.w.clear_grad();
        }
        got[static_cast<std::size_t>(i)] = elements(model.w.value());
    });
    CHECK(got[0] == got[1]);
}

TEST_CASE("threads: a tape on one records nothing of another", "[threads]") {
    const Var w = Var::leaf(filled({2}, 1));
    Tape tape;
    bool recorded = true;
    std::thread([&] { recorded = recording() || (w * w).wants_grad() || Tape::current() != nullptr; }).join();
    CHECK_FALSE(recorded);
    CHECK(tape.size() == 0);
}

TEST_CASE("threads: a value handed to another thread is freed there", "[threads]") {
    for (int n = 0; n < 20; ++n) {
        Var x(filled({1000}, 2));
        std::thread([y = std::move(x)]() mutable {
            y = y + 1;
            y = Var();
        }).join();
    }
    SUCCEED();
}
