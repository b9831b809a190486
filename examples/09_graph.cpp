// Attention over the edges of a graph: nodes learn which of their neighbours to believe.
#include <cstdio>
#include <random>
#include <heed/heed.hpp>
using namespace heed;

// 2000 nodes of four groups. A node sees one group that each neighbour claims, and whether that neighbour has proved
// reliable before. Three of its ten neighbours are reliable, and tell its group; the others draw what they claim, or
// repeat the same wrong group.
struct Graph {
    static constexpr Dim nodes = 2000, each = 10, groups = 4, features = groups + 1;
    Array x = filled({nodes, features}, 0);
    Ints source = Ints::from_shape({nodes * each}), target = source, group = Ints::from_shape({nodes});
    explicit Graph(std::mt19937& random) {
        const auto below = [&](Dim n) { return static_cast<Dim>(random() % static_cast<std::size_t>(n)); };
        for (Dim i = 0; i < nodes; ++i) {  // node i claims group i % 4, and is reliable if i is below 600
            x(i, i % groups) = 1;
            x(i, groups) = i < 600 ? 1 : 0;
            group(i) = below(groups);
        }
        for (Dim i = 0, edge = 0; i < nodes; ++i) {
            const Dim wrong = (group(i) + 1 + below(groups - 1)) % groups;
            for (Dim k = 0; k < each; ++k, ++edge) {
                const Dim claimed = k < 3 ? group(i) : k < 7 ? wrong : below(groups);
                source(edge) = (k < 3 ? groups * below(150) : 600 + groups * below(350)) + claimed;
                target(edge) = i;
            }
        }
    }
};

// Velickovic et al., "Graph Attention Networks", 2018: the score of an edge is a sum of what its two ends give, and the
// weights of all edges to a node add up to one. Nothing here is as large as nodes x nodes.
struct GraphAttention {
    nn::Linear project;
    Var from, to;  // (heads, width)
    bool attend;   // false: the mean over the neighbours
    GraphAttention(const nn::Params& p, Dim in, Dim heads, Dim width, bool with_attention)
        : project(nn::Linear::without_bias(p / "project", in, heads * width)),
          from(p.make("from", {heads, width}, nn::init::normal(0.3))),
          to(p.make("to", {heads, width}, nn::init::normal(0.3))), attend(with_attention) {}
    Var operator()(In x, const Ints& source, const Ints& target, Var* weights = nullptr) const {
        const Dim nodes = x.dim(0), heads = from.dim(0), width = from.dim(1);
        const Var h = reshape(project(x), {nodes, heads, width});
        const Var given = take_rows(sum(h * from, -1), source), wanted = take_rows(sum(h * to, -1), target);
        const Var scores = leaky_relu(given + wanted, 0.2);  // (edges, heads)
        const Var w = segment_softmax(attend ? scores : 0 * scores, target, nodes);
        if (weights) *weights = w;
        const Var y = segment_sum(unsqueeze(w, -1) * take_rows(h, source), target, nodes);
        return reshape(y, {nodes, heads * width});
    }
};

struct Model {
    GraphAttention gather;
    nn::Linear decide;
    Model(const nn::Params& p, bool attend)
        : gather(p / "gather", Graph::features, 2, 8, attend), decide(p / "decide", 16, Graph::groups) {}
    Var operator()(const Graph& g, Var* weights = nullptr) const {
        return decide(elu(gather(g.x, g.source, g.target, weights)));
    }
};

// Trains on the groups of every second node; the share of the others whose group is found.
double learn(const Graph& g, bool attend) {
    const nn::Params params(42);
    const Model model(params, attend);
    nn::Adam adam(params, {.lr = 2e-2});
    Ints known = g.group;
    for (Dim i = 1; i < Graph::nodes; i += 2) known(i) = -100;  // a label that counts for nothing
    for (int step = 1; step <= 150; ++step) {
        Tape tape;
        tape.backward(cross_entropy(model(g), known));
        adam.step();
    }
    Var weights;
    const Ints predicted = argmax(model(g, &weights));
    double right = 0, believed = 0;
    for (Dim i = 1; i < Graph::nodes; i += 2) right += predicted(i) == g.group(i);
    for (Dim edge = 0; edge < g.source.shape()[0]; ++edge)
        if (g.source(edge) < 600) believed += (weights(edge, 0) + weights(edge, 1)).item() / 2;
    std::printf("%-10s %3.0f %% of unseen nodes right, %3.0f %% of the weight on reliable neighbours\n",
                attend ? "attention:" : "mean:", 200 * right / Graph::nodes, 100 * believed / Graph::nodes);
    return 2 * right / Graph::nodes;
}

int main() {
    std::mt19937 random(1);
    const Graph graph(random);
    const double mean = learn(graph, false), attention = learn(graph, true);
    return attention > 0.95 && mean < 0.8 ? 0 : 1;
}
