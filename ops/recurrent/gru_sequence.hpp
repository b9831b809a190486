#pragma once
// The op below nn::GRU: gru_cell over whole sequences.
#include <optional>
#include <heed/ops/ops.hpp>

namespace heed {

struct HEED_ABI GRUSequence {
    bool reverse = false;  // from the last step to the first
    std::optional<Ints> lengths =
        {};  // (b), each 0 .. t: sequence i keeps its state at the steps t >= lengths[i]; default: all steps count
};

// h_t = gru_cell(x_gates_t, h_(t-1) weight + bias, h_(t-1)) for all steps, from the state 0: (b, t, 3h), (h, 3h), (3h)
// -> (b, t, h). The same bits as step by step. Saves the gates of both sides.
Var gru_sequence(In x_gates, In weight, In bias, const GRUSequence& options = {});
Var gru_sequence(In x_gates, In weight, In bias, In first, const GRUSequence& options = {});  // from this state, (b, h)

}  // namespace heed
