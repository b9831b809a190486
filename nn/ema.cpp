#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/ema.hpp>

namespace heed::nn {
namespace {

void refuse_in_use(bool in_use, const char* what) {
    if (in_use) throw Error(fmt::format("Ema: {} while Ema::Use is alive: the model holds the averages; let Use end first", what));
}

}  // namespace

Ema::Ema(const Params& params, const EmaOptions& options) : parameters_(params.list()), options_(options) {
    if (!(options.decay >= 0 && options.decay < 1)) throw RangeError(fmt::format("Ema: decay is {}; expected 0 <= decay < 1", options.decay));
    for (const Var& p : parameters_) averages_.push_back(p.value());
}

void Ema::update() {
    refuse_in_use(in_use_, "update()");
    ++updates_;
    const auto n = static_cast<double>(updates_);
    const auto rate = static_cast<Real>(1 - (options_.warm ? std::min(options_.decay, (1 + n) / (10 + n)) : options_.decay));
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const Real* weight = parameters_[i].value().storage().data();
        Real* average = averages_[i].data();
        for (Dim k = 0, size = parameters_[i].size(); k < size; ++k) average[k] += rate * (weight[k] - average[k]);
    }
}

const std::vector<Array>& Ema::averages() const {
    refuse_in_use(in_use_, "averages()");
    return averages_;
}

void Ema::restore(std::vector<Array> averages, Dim updates) {
    refuse_in_use(in_use_, "restore()");
    if (updates < 0) throw RangeError(fmt::format("Ema: {} updates; expected 0 or more", updates));
    if (averages.size() != parameters_.size())
        throw RangeError(fmt::format("Ema: {} averages for {} parameters", averages.size(), parameters_.size()));
    for (std::size_t i = 0; i < averages.size(); ++i) {
        const Var& p = parameters_[i];
        expect(averages[i].shape() == p.shape(), "Ema", "averages", averages[i].shape(),
               [&] { return fmt::format("{} because '{}' has that shape", to_string(p.shape()), p.name()); }, Site{});
    }
    averages_ = std::move(averages);
    updates_ = updates;
}

void Ema::swap() {
    for (std::size_t i = 0; i < parameters_.size(); ++i) std::swap(parameters_[i].mutable_value("Ema::Use"), averages_[i]);
    in_use_ = !in_use_;
}

Ema::Use::Use(Ema& ema) : ema_(ema) {
    refuse_in_use(ema.in_use_, "another Use");
    ema_.swap();
}
Ema::Use::~Use() { ema_.swap(); }

}  // namespace heed::nn
