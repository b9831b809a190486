#pragma once
// Attention, whole: any score, any mask, exact, in memory that grows with the lengths and not with their product.
//
//   score(q, k) -> x scale -> rho -> soft cap -> + bias -> mask -> softmax (with the sink) -> dropout -> x value
//
// Shapes: q (b, h, i, d), k (b, g, j, d), v (b, g, j, v) -> (b, h, i, v), where g divides h (grouped and multi-query
// attention).
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <heed/ops/define/mask.hpp>

namespace heed {

namespace kernel {
struct HEED_ABI ScoreFunctions;
}
class HEED_ABI Lens;

// The score of a query and a key. Made by the functions of namespace score.
struct HEED_ABI Score {
    enum class Kind { scaled_dot, dot, general, cosine, additive, concat, pairwise };
    Kind kind = Kind::scaled_dot;
    Var weight = {};  // additive, concat: w; pairwise: theta
    Var matrix = {};  // general, concat: W
    // Of a user's lambda: its tile functions, and the lambda.
    const kernel::ScoreFunctions* functions = nullptr;
    std::shared_ptr<const void> self = {};
};

namespace score {
Score scaled_dot();             // q . k / sqrt(d)
Score dot();                    // q . k
Score general(In matrix);       // q W . k (Luong et al., 2015): W (dq, dk), or (h, dq, dk)
Score cosine();                 // q . k / (|q| |k|); 0 where one of them is zero
Score additive(In w);           // w . tanh(q + k) (Bahdanau et al., 2015): w (d), or (h, d)
Score concat(In w, In matrix);  // w . tanh([q, k] W): W (dq + dk, d), w (d) or (h, d)
}  // namespace score
// score::dot(rho), score::scaled_dot(rho), score::pairwise(g, theta) of a lambda: <heed/ops/attention/score.hpp>

enum class Policy {
    automatic,         // fused where it is possible; where it is not, explain() names the reason
    require_fused,     // throws where the fused kernel cannot be used
    require_composed,  // primitive ops: the readable definition, which stores the matrix of weights
};

// The keys of an additive score as its kernel takes them, made once for queries that come one after the other, as a
// decoder's do. Changes no result. It is used only with exactly the keys that it was made of, and ignored with others.
struct HEED_ABI PreparedKeys {
    Array keys;    // (b, j, heads d): what it was made of, its memory shared
    Array values;  // in the order of the kernel
    Dim heads;
};
PreparedKeys prepare_additive_keys(In k, Dim heads);  // k (b, j, heads d)

struct HEED_ABI AttentionOptions {
    Mask mask = {};
    Score score = {};
    std::optional<double> scale = {};  // of the score; default 1 / sqrt(d) for scaled_dot, else 1; may be negative or 0
    double soft_cap = 0;               // c: the score becomes c tanh(score / c); 0: none
    Var logit_scale = {};              // (h): a factor of each head's score, differentiable
    Var sink = {};                     // (h): one more score in each row's softmax, without a value
    double dropout = 0;                // of the weights, while dropout is on; scaled by 1 / (1 - p)
    Dim heads = 0;      // above 0: q is (b, i, h d), k (b, j, g d), v (b, j, g v), the result (b, i, h v)
    Dim key_heads = 0;  // g, with `heads`; 0: the same as heads
    std::optional<Dim> keys =
        {};  // only the first ones of k and v exist, as in a cache with room to grow; default: all
    const PreparedKeys* prepared = nullptr;  // of k
    Policy policy = Policy::automatic;
    Lens* lens = nullptr;  // remembers this attention for inspection; changes no result
};

// Throws ShapeError or RangeError before any work. A query without any key to attend to gives 0, and exactly zero
// gradients.
Var attention(In q, In k, In v, const AttentionOptions& options = {});

// The weights that attention() would use, (b, h, i, j), after the mask and before dropout: differentiable, whole in
// memory, from primitive ops. To read some of them without a gradient, a Lens takes less.
Var attention_weights(In q, In k, const AttentionOptions& options = {});

// What attention() would do with operands of these shapes.
struct HEED_ABI Explanation {
    bool fused = false;
    std::string why = {};                // of the path
    std::string score = {}, isa = {};    // the score, and the instruction set that it runs on
    Dim query_block = 0, key_block = 0;  // rows and columns of a tile
    Dim forward_bytes = 0;               // beyond the inputs: result, sums of rows and scratch memory
    Dim backward_bytes = 0;              // beyond those: gradients and scratch memory
    std::string text() const;            // all of it, as lines
};
Explanation explain(In q, In k, In v, const AttentionOptions& options = {});

}  // namespace heed
