// A score of one's own, checked as an op: values against a composition, gradients against differences.
#include <heed/ops/attention/score.hpp>
#include <heed/ops/define/op.hpp>

using namespace heed;

HEED_OP_CASES({.name = "attention/Gaussian distance",
               .inputs = {{2, 1, 3, 4}, {2, 1, 5, 4}, {2, 1, 5, 2}, {4}},
               .call =
                   [](Vars in) {
                       const Score gauss =
                           score::pairwise([](auto q, auto k, auto w) { return -w * (q - k) * (q - k); }, in[3]);
                       return attention(in[0], in[1], in[2], {.score = gauss});
                   },
               .same_as =
                   [](Vars in) {
                       return matmul(softmax(-sum(in[3] * square(unsqueeze(in[0], 3) - unsqueeze(in[1], 2)), -1)),
                                     in[2]);
                   }})
