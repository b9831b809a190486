// The code of docs/use/threads.md, run and checked.
#include <cstdio>
#include <thread>
#include <vector>
#include <heed/heed.hpp>
using namespace heed;

namespace {

struct Model {
    nn::Linear first, second;
    explicit Model(const nn::Params& p) : first(p / "first", 64, 256), second(p / "second", 256, 1) {}
    Var operator()(In x) const { return second(relu(first(x))); }
};
Var train(std::uint64_t seed) {
    // [own]
    const nn::Params params(seed);  // each thread has a model, an optimiser and a tape of its own
    const Model model(params);
    nn::Adam adam(params);
    for (int step = 0; step < 20; ++step) {
        Tape tape(Key{seed, static_cast<std::uint64_t>(step)});  // names the random numbers, whichever thread it is
        tape.backward(mse_loss(model(filled({8, 64}, 1)), filled({8, 1}, 3)));
        adam.step();
    }
    // [end]
    return model(filled({1, 64}, 1)).detach();
}

}  // namespace

int main() {
    const nn::Params params(1);
    const Model model(params);
    const Array x = filled({1000, 64}, 1);
    // [pool]
    set_threads(2);          // as HEED_THREADS=2 in the environment; the caller is one of them
    const Var y = model(x);  // its products are cut into chunks that both take
    // [evaluate]
    std::vector<Var> results(4);
    std::vector<std::thread> servers;
    for (std::size_t i = 0; i < results.size(); ++i)
        servers.emplace_back([&, i] { results[i] = model(x).detach(); });  // one model, many threads: no lock is needed
    for (std::thread& server : servers) server.join();
    // [end]
    bool right = threads() == 2;
    for (const Var& result : results) right &= result.value() == y.value();
    std::vector<Var> trained(2);
    // [apart]
    std::thread one([&] { trained[0] = train(7); }), two([&] { trained[1] = train(7); });
    one.join();
    two.join();
    // [end]
    right &= trained[0].value() == trained[1].value() && trained[0].value() == train(7).value();
    std::printf("%s\n", right ? "the same on all threads" : "not the same");
    return right ? 0 : 1;
}
