// An exponential moving average of a model's weights.
#include <algorithm>
#include <utility>
#include <fmt/format.h>
#include <heed/core/sum_tree.hpp>
#include <heed/nn/optim/ema.hpp>

namespace heed::nn {
namespace {

void refuse_in_use(bool in_use, const char* what) {
    if (in_use)
        throw Error(
            fmt::format("Ema: {} while Ema::Use is alive: the model holds the averages; let Use end first", what));
}

}  // namespace

Ema::Ema(const Params& params, const EmaOptions& options) : parameters_(params.list()), options_(options) {
    if (!(options.decay >= 0 && options.decay < 1))
        throw RangeError(fmt::format("Ema: decay is {}; expected 0 <= decay < 1", options.decay));
    for (const Var& p : parameters_) {
        averages_.push_back(p.value());
        lost_.push_back(filled(p.shape(), 0));
    }
}

void Ema::update() {
    refuse_in_use(in_use_, "update()");
    ++updates_;
    const auto n = static_cast<double>(updates_);
    const auto rate =
        static_cast<Real>(1 - (options_.warm ? std::min(options_.decay, (1 + n) / (10 + n)) : options_.decay));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const Real* weight = parameters_[i].value().storage().data();
        Real *average = averages_[i].data(), *lost = lost_[i].data();
        for (Dim k = 0, size = parameters_[i].size(); k < size; ++k)
            lost[k] = add_keeping(average[k], lost[k] + rate * (weight[k] - average[k] - lost[k]));
    }
}

const std::vector<Array>& Ema::averages() const {
    refuse_in_use(in_use_, "averages()");
    return averages_;
}

void Ema::restore(std::vector<Array> averages, std::vector<Array> lost, Dim updates) {
    refuse_in_use(in_use_, "restore()");
    if (updates < 0) throw RangeError(fmt::format("Ema: {} updates; expected 0 or more", updates));
    for (const auto& [name, arrays] : {std::pair{"averages", &averages}, {"lost", &lost}}) {
        if (arrays->size() != parameters_.size())
            throw RangeError(fmt::format("Ema: {} {} for {} parameters", arrays->size(), name, parameters_.size()));
        for (std::size_t i = 0; i < arrays->size(); ++i) {
            const Var& p = parameters_[i];
            expect((*arrays)[i].shape() == p.shape(), "Ema", name, (*arrays)[i].shape(),
                   [&] { return fmt::format("{} because '{}' has that shape", to_string(p.shape()), p.name()); },
                   Site{});
        }
    }
    averages_ = std::move(averages);
    lost_ = std::move(lost);
    updates_ = updates;
}

void Ema::swap() {
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        std::swap(parameters_[i].mutable_value("Ema::Use"), averages_[i]);
    in_use_ = !in_use_;
}

Ema::Use::Use(Ema& ema) : ema_(ema) {
    refuse_in_use(ema.in_use_, "another Use");
    ema_.swap();
}
Ema::Use::~Use() { ema_.swap(); }

}  // namespace heed::nn
