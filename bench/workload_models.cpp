#include <memory>
#include <heed/bench/workload.hpp>
#include <heed/nn/attention.hpp>
#include <heed/nn/optim.hpp>
#include <heed/nn/recurrent.hpp>

namespace heed::bench {
namespace {

constexpr std::uint64_t seed = 1234;

Array random_array(const Shape& shape, std::uint64_t stream, double mean = 0, double deviation = 1) {
    Array x = Array::from_shape(shape);
    const RandomStream random(Key{seed, 0}, stream);
    for (Dim i = 0, n = count(x); i < n; ++i) x.data()[i] = static_cast<Real>(mean + deviation * random.normal(static_cast<std::uint64_t>(i)));
    return x;
}

Ints random_ids(const Shape& shape, Dim below, std::uint64_t stream) {
    Ints ids = Ints::from_shape(shape);
    const RandomStream random(Key{seed, 1}, stream);
    for (Dim i = 0, n = count(ids); i < n; ++i)
        ids.data()[i] = static_cast<std::int64_t>(random.bits(static_cast<std::uint64_t>(i)) % static_cast<std::uint64_t>(below));
    return ids;
}

// A model with its optimiser, stepped on one fixed batch: clear gradients, forward, backward, AdamW.
template <class M, class Loss>
std::function<void()> training(std::shared_ptr<M> model, nn::Params params, Loss loss) {
    auto adam = std::make_shared<nn::AdamW>(params, nn::AdamOptions{.lr = 1e-3, .decay = 0.01, .decay_vectors = true});
    return [model, adam, loss] {
        Tape tape;
        tape.backward(loss(*model));
        adam->step();
    };
}

struct Mlp {
    nn::Linear hidden, out;
    explicit Mlp(nn::Params p) : hidden(p / "hidden", 784, 256), out(p / "out", 256, 10) {}
    Var operator()(In x) const { return out(relu(hidden(x))); }
};

struct G2p {
    static constexpr Dim batch = 64, width = 128, embedding = 64, source = 12, target = 12, letters = 32, phones = 45;
    nn::Embedding letter, phone;
    nn::GRU encoder;
    nn::Linear bridge;
    nn::AdditiveAttention attend;
    nn::GRUCell cell;
    nn::Linear out;
    explicit G2p(nn::Params p)
        : letter(p / "letter", letters, embedding),
          phone(p / "phone", phones, embedding),
          encoder(p / "encoder", embedding, width, {.bidirectional = true}),
          bridge(p / "bridge", 2 * width, width),
          attend(p / "attend", width, 2 * width, width),
          cell(p / "cell", embedding + 2 * width, width),
          out(p / "out", 3 * width, phones) {}

    Var operator()(const Ints& words, const Ints& previous) const {
        const nn::GRU::Result read = encoder(letter(words));
        Var h = tanh(bridge(read.last));
        const nn::AttentionMemory memory = attend.remember(read.outputs);
        const Var said = phone(previous);
        std::vector<Var> states;
        for (Dim t = 0; t < target; ++t) {
            const Var context = attend(h, memory);
            h = cell(concat({pick(said, 1, t), context}), h);
            states.push_back(concat({h, context}));
        }
        return out(stack(states, 1));
    }
};

}  // namespace

std::vector<Workload> tiny_op() {
    constexpr int pairs = 500;
    const auto chain = [](Var y, const Var& w, const Var& b) {
        for (int i = 0; i < pairs; ++i) {
            y = y * w;
            y = y + b;
        }
        return sum(y);
    };
    const Var x = Var::leaf(random_array({16}, 1)), w = random_array({16}, 2, 1, 0.001), b = random_array({16}, 3, 0, 0.001);
    return {{.name = "tiny_op", .phase = "train",
             .prepare = [=] {
                 return [=] {
                     x.clear_grad();
                     Tape tape;
                     tape.backward(chain(x, w, b));
                 };
             },
             .ops = 2 * pairs, .notes = "ns_per_op = (fwd+bwd of one op)"},
            {.name = "tiny_op", .phase = "infer", .prepare = [=] { return [=] { chain(x, w, b); }; }, .ops = 2 * pairs, .notes = "no tape"}};
}

std::vector<Workload> mlp_small() {
    const Array x = random_array({64, 784}, 1);
    const Ints y = random_ids({64}, 10, 2);
    const auto model = [] {
        nn::Params params(seed);
        return std::pair(params, std::make_shared<Mlp>(params));
    };
    return {{.name = "mlp_small", .phase = "train",
             .prepare = [=] {
                 const auto [params, m] = model();
                 return training(m, params, [=, input = Var(x)](const Mlp& f) { return cross_entropy(f(input), y); });
             }},
            {.name = "mlp_small", .phase = "infer", .prepare = [=] { return [m = model().second, input = Var(x)] { (*m)(input); }; }}};
}

std::vector<Workload> g2p_bahdanau() {
    const Ints words = random_ids({G2p::batch, G2p::source}, G2p::letters, 1), previous = random_ids({G2p::batch, G2p::target}, G2p::phones, 2),
               wanted = random_ids({G2p::batch, G2p::target}, G2p::phones, 3);
    const auto model = [] {
        nn::Params params(seed);
        return std::pair(params, std::make_shared<G2p>(params));
    };
    return {{.name = "g2p_bahdanau", .phase = "train",
             .prepare = [=] {
                 const auto [params, m] = model();
                 return training(m, params, [=](const G2p& f) { return cross_entropy(f(words, previous), wanted); });
             }},
            {.name = "g2p_bahdanau", .phase = "infer", .prepare = [=] { return [=, m = model().second] { (*m)(words, previous); }; }}};
}

}  // namespace heed::bench
