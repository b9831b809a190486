// Four models learn at once, each in a thread of its own; together they predict better than each of them.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>
#include <vector>
#include <heed/heed.hpp>
using namespace heed;

struct Model {
    nn::Linear first, second, out;
    explicit Model(const nn::Params& p)
        : first(p / "first", 2, 64), second(p / "second", 64, 64), out(p / "out", 64, 1) {}
    Var operator()(In x) const { return out(tanh(second(tanh(first(x))))); }  // (n, 2) -> (n, 1)
};

Var truth(const Var& x) { return sin(3 * slice(x, 1, 0, 1)) * cos(2 * slice(x, 1, 1, 2)); }

// What is measured: few points, with much noise.
struct Data {
    Var x = uniform({200, 2}, Key{1}, -1, 1), y = truth(x) + 0.3 * randn({200, 1}, Key{2});
};

// A model with its parameters, which begin differently for each seed.
struct Member {
    nn::Params params;
    Model model{params};
    explicit Member(std::uint64_t seed) : params(seed) {}

    void learn(const Data& data, std::uint64_t seed) const {
        nn::AdamW adam(params, {.lr = 1e-2});
        for (std::uint64_t step = 0; step < 1500; ++step) {
            const Ints rows = randint(0, 200, {200}, Key{seed, step});  // drawn with replacement (Breiman, 1996)
            Tape tape;                                                  // belongs to the thread that makes it
            tape.backward(mse_loss(model(take_rows(data.x, rows)), take_rows(data.y, rows)));
            adam.step();
        }
    }
};

double error(const Var& predicted, const Var& wanted) { return mse_loss(predicted, wanted).item(); }

int main() {
    set_threads(1);   // an op's own threads: the four below are enough for the cores
    const Data data;  // read by all threads
    std::vector<Member> members;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) members.emplace_back(seed);
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i) threads.emplace_back([&, i] { members[i].learn(data, i + 1); });
    for (std::thread& thread : threads) thread.join();

    const Var x = uniform({1000, 2}, Key{3}, -1, 1), y = truth(x);
    std::vector<Var> predicted;
    double best = 1;
    for (const Member& member : members) {
        predicted.push_back(member.model(x));
        std::printf("alone     %.4f\n", error(predicted.back(), y));
        best = std::min(best, error(predicted.back(), y));
    }
    const double together = error(mean(stack(predicted), 0), y);
    std::printf("together  %.4f\n", together);

    // The same bits as without threads: random numbers have names, and each model is its own.
    const Member again(1);
    again.learn(data, 1);
    const bool same = again.model(x).value() == predicted[0].value();
    std::printf("the first one again, alone in the program: %s\n", same ? "the same bits" : "other bits");
    return same && together < best && together < 0.05 ? 0 : 1;
}
