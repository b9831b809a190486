#include <memory>
#include <optional>
#include <heed/bench/data.hpp>
#include <heed/bench/memory_read.hpp>
#include <heed/bench/workload.hpp>
#include <heed/examples/models/gpt.hpp>
#include <heed/nn/params/quantize.hpp>

namespace heed::bench {
namespace {

constexpr Dim places = 256;

struct Writer {
    nn::Params params{seed};
    models::Gpt model{params, {.symbols = gpt_symbols, .length = places, .layers = 6, .heads = 6, .width = 384}};
    explicit Writer(std::optional<Precision> precision) {
        if (precision) nn::quantize(params, *precision);
    }

    // A symbol for each place but the first: the likeliest one after those before.
    void generate() const {
        nn::StackCache cache;
        Ints last = Ints::from_shape({1, 1});
        last(0, 0) = 0;
        for (Dim t = 0; t + 1 < places; ++t) last = argmax(model.next(last, cache, t));
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
    const auto with = [](const char* name, std::optional<Precision> precision) {
        return Workload{
            .name = name,
            .phase = "infer",
            .prepare =
                [=] {
                    const auto writer = std::make_shared<const Writer>(precision);
                    return Work([=] { writer->generate(); }, [=] { writer->read(); });
                },
            .notes = "ms per 255 tokens; share_of_read: of the time that reading the weights as floats takes"};
    };
    return {with("kv_decode", std::nullopt), with("kv_decode/bfloat16", Precision::bfloat16),
            with("kv_decode/int8", Precision::int8)};
}

}  // namespace heed::bench
