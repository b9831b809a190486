#pragma once
// A model of text to text that is one of two kinds, by the name that a setting gives.
#include <string>
#include <variant>
#include <fmt/format.h>
#include <heed/nn/params/params.hpp>

namespace heed::models {

// Throws RangeError for another name than "gru" and "transformer".
template <class Recurrent, class Transformer, class Options>
std::variant<Recurrent, Transformer> of_kind(const std::string& name, const nn::Params& p, const Options& options) {
    if (name == "gru") return Recurrent(p, options);
    if (name == "transformer") return Transformer(p, options);
    throw RangeError(fmt::format("there is no model '{}'; expected gru or transformer", name));
}

}  // namespace heed::models
