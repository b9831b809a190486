// Quantizing the weights of Linear layers.
#include <cmath>
#include <fmt/format.h>
#include <heed/nn/params/quantize.hpp>

namespace heed::nn {
namespace {

bool is_weight(const Var& p) { return p.rank() == 2 && (p.name() == "weight" || p.name().ends_with(".weight")); }

}  // namespace

Quantized quantize(const Params& params, Precision precision) {
    std::vector<Var> weights;
    for (const Var& p : params.list()) {
        if (!is_weight(p)) continue;
        weights.push_back(p);
        require_quantizable(p.value(), precision, p.name());
    }
    if (weights.empty())
        throw Error(fmt::format("quantize: no weight of a Linear layer lies below '{}'", params.path()));

    Quantized done;
    double changes = 0, squares = 0;
    for (const Var& w : weights) {
        const Array before = w.value();
        const std::shared_ptr<QuantizedMatrix> quantized = quantize_to(w.mutable_value("quantize"), precision);
        quantized->version = w.node().version;
        for (std::size_t i = 0; i < before.size(); ++i) {
            const auto was = static_cast<double>(before.storage()[i]),
                       change = static_cast<double>(w.value().storage()[i]) - was;
            changes += change * change;
            squares += was * was;
        }
        ++done.matrices;
        done.elements += w.size();
        done.bytes += static_cast<Dim>(quantized->values.size() + quantized->factors.size() * sizeof(Real));
        w.node().leaf->quantized = quantized;
    }
    done.error = squares > 0 ? std::sqrt(changes / squares) : 0;
    return done;
}

}  // namespace heed::nn
