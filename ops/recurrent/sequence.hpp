#pragma once
// The ops below nn::GRU and nn::LSTM: cells over whole sequences, with one product for all steps' gradients by the
// weight.
#include <optional>
#include <heed/ops/ops.hpp>

namespace heed {

struct HEED_ABI SequenceOptions {
    bool reverse = false;  // from the last step to the first
    std::optional<Ints> lengths =
        {};  // (b), each 0 .. t: sequence i keeps its state at the steps t >= lengths[i]; default: all steps count
};

// h_t = gru_cell(x_gates_t, h_(t-1) weight + bias, h_(t-1)) for all steps, from the state 0: (b, t, 3h), (h, 3h), (3h)
// -> (b, t, h). The same bits as step by step. Saves the gates of both sides where a tape records.
Var gru_sequence(In x_gates, In weight, In bias, const SequenceOptions& options = {});
Var gru_sequence(In x_gates, In weight, In bias, In first,
                 const SequenceOptions& options = {});  // from this state, (b, h)

// (h_t, c_t) = lstm_cell(x_gates_t, h_(t-1) weight + bias, c_(t-1)) for all steps, from the state 0: (b, t, 4h),
// (h, 4h), (4h) -> h and c, each (b, t, h). The same bits as step by step. Saves the gates after their functions where
// a tape records.
LSTMState lstm_sequence(In x_gates, In weight, In bias, const SequenceOptions& options = {});
LSTMState lstm_sequence(In x_gates, In weight, In bias, const LSTMState& first,
                        const SequenceOptions& options = {});  // from this state, (b, h) each

}  // namespace heed
