// The workload of a long chain of tiny ops: the overhead of one op.
#include <heed/bench/data.hpp>
#include <heed/bench/workload.hpp>
#include <heed/ops/ops.hpp>

namespace heed::bench {

std::vector<Workload> tiny_op() {
    constexpr int pairs = 500;
    const auto chain = [](Var y, const Var& w, const Var& b) {
        for (int i = 0; i < pairs; ++i) {
            y = y * w;
            y = y + b;
        }
        return sum(y);
    };
    const Var x = Var::leaf(normal({16}, 1)), w = normal({16}, 2, 0.001, 1), b = normal({16}, 3, 0.001);
    return {{.name = "tiny_op",
             .phase = "train",
             .prepare =
                 [=] {
                     return [=] {
                         x.clear_grad();
                         Tape tape;
                         tape.backward(chain(x, w, b));
                     };
                 },
             .ops = 2 * pairs,
             .notes = "ns_per_op = (fwd+bwd of one op)"},
            {.name = "tiny_op",
             .phase = "infer",
             .prepare = [=] { return [=] { chain(x, w, b); }; },
             .ops = 2 * pairs,
             .notes = "no tape"}};
}

}  // namespace heed::bench
