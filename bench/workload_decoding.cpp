// Workloads of decoding with a key-value cache, with float and with quantized weights.
#include <memory>
#include <optional>
#include <heed/bench/data.hpp>
#include <heed/bench/gpt.hpp>
#include <heed/bench/memory_read.hpp>
#include <heed/bench/workload.hpp>
#include <heed/nn/params/quantize.hpp>

namespace heed::bench {
namespace {

constexpr Dim positions = 256;

struct Writer {
    nn::Params params{seed};
    Gpt model{params, 6, 6, 384, positions};
    explicit Writer(std::optional<Precision> precision) {
        if (precision) nn::quantize(params, *precision);
    }

    // A symbol for each position but the first: the likeliest one after those before (greedy).
    void generate() const {
        nn::StackCache cache;
        Ints last = Ints::from_shape({1, 1});
        last(0, 0) = 0;
        for (Dim t = 0; t + 1 < positions; ++t) last = argmax(model.next(last, cache, t));
    }
    // Reads the same parameters as generate(), and does nothing else.
    void read() const {
        const std::vector<Var> all = params.list();
        for (Dim t = 0; t + 1 < positions; ++t)
            for (const Var& x : all) read_memory(x.value().storage().data(), x.size());
    }
};

}  // namespace

std::vector<Workload> kv_decode() {
    const auto with = [](const char* name, std::optional<Precision> precision) {
        return Workload{.name = name, .phase = "infer",
                        .prepare = [=] {
                            const auto writer = std::make_shared<const Writer>(precision);
                            return Work([=] { writer->generate(); }, [=] { writer->read(); });
                        },
                        .notes = "ms per 255 tokens; share_of_read: of the time that reading the weights as floats takes"};
    };
    return {with("kv_decode", std::nullopt), with("kv_decode/bfloat16", Precision::bfloat16), with("kv_decode/int8", Precision::int8)};
}

}  // namespace heed::bench
