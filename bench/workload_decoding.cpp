#include <memory>
#include <heed/bench/memory_read.hpp>
#include <heed/bench/workload.hpp>
#include <heed/nn/transformer.hpp>

namespace heed::bench {
namespace {

// A language model with a tied head.
struct Gpt {
    static constexpr Dim layers = 6, heads = 6, width = 384, places = 256, symbols = 65;
    nn::Params params{1234};
    nn::Embedding symbol{params / "symbol", symbols, width}, place{params / "place", places, width};
    nn::TransformerEncoder stack{params / "stack", layers, width, heads};

    // A symbol for each place but the first: the likeliest one after those before.
    void generate() const {
        nn::StackCache cache;
        Ints last = Ints::from_shape({1, 1}), here = last;
        last(0, 0) = 0;
        for (Dim t = 0; t + 1 < places; ++t) {
            here(0, 0) = t;
            last = argmax(symbol.logits(stack(symbol(last) + place(here), cache)));
        }
    }
    // What that reads of the parameters, and no more.
    void read() const {
        const std::vector<Var> all = params.list();
        for (Dim t = 0; t + 1 < places; ++t)
            for (const Var& x : all) read_memory(x.value().storage().data(), x.size());
    }
};

}  // namespace

std::vector<Workload> kv_decode() {
    return {{.name = "kv_decode", .phase = "infer",
             .prepare = [] {
                 const auto model = std::make_shared<const Gpt>();
                 return Work([=] { model->generate(); }, [=] { model->read(); });
             },
             .notes = "ms per 255 tokens; share_of_read: of the time that reading the weights takes"}};
}

}  // namespace heed::bench
