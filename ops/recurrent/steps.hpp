#pragma once
// What gru_sequence and lstm_sequence share: their checks, the order of the steps, and the weight's gradient.
// Private to heed; not installed.
#include <algorithm>
#include <optional>
#include <utility>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/fused/cell_rows.hpp>
#include <heed/ops/kernel/gemm/packed.hpp>
#include <heed/ops/recurrent/sequence.hpp>

namespace heed {

// `gates` for each element of a state.
void check_sequence(const char* op, Dim gates, const In& x_gates, const In& weight, const In& bias,
                    const SequenceOptions& options, Site check = Site::current());
void check_first(const char* op, const char* name, const In& first, const In& x_gates, const In& weight,
                 Site check = Site::current());

// The steps in the order of the computation, and where their rows lie in (b, t, ..).
struct Steps {
    Dim b, count, width, gates;
    bool from_zero;  // the first state is 0, of one row, and has no gradient; else (b, width)
    SequenceOptions options;
    bool recorded = false;  // the backward needs the gates of every step, else they share the memory of one

    Dim time(Dim step) const { return options.reverse ? count - 1 - step : step; }
    Dim x_row() const { return count * gates * width; }
    Shape gates_shape() const { return {recorded ? count : 1, b, gates * width}; }
    // Where a step's rows lie in (b, t, gates width); and in gates_shape(), where they are side by side.
    Dim of_x(Dim step) const { return time(step) * gates * width; }
    Dim of_gates(Dim step) const { return recorded ? time(step) * b * gates * width : 0; }
    Dim past_row(Dim step) const { return step > 0 ? count * width : from_zero ? 0 : width; }
    kernel::CellRows rows(Dim step) const { return {b, width, x_row(), gates * width, count * width, past_row(step)}; }
    // The state before a step, and the elements from one of its rows to the next.
    const Real* past(const Real* y, Dim step, const Array& first) const {
        return step == 0 ? first.storage().data() : y + time(step - 1) * width;
    }
    // 1 for the sequences that have not ended at that step; null where none ever does. `room` (b) is used for it.
    const Real* alive(Dim step, Array& room) const;

    // The weight, (width, gates width), as all steps' products read it; nothing where there are so few that packing
    // takes longer than it saves.
    std::optional<kernel::PackedB> packed(const In& weight) const;
    kernel::PackedB packed_transposed(const In& weight) const {
        return {gates * width, width, {weight.data(), gates * width, true}};
    }
    // What the state before a step gives to its gates, (b, gates width).
    void product(Dim step, const Real* y, const Array& first, const In& weight,
                 const std::optional<kernel::PackedB>& packed, const Real* bias, Real* to) const;
    // Adds the product's gradient by the state before a step, and what `dys` (b, t, width) holds for that state, to
    // `before` (b, width).
    void product_backward(Dim step, const Real* d_gates, const kernel::PackedB& weight_t, const Real* dys,
                          Real* before) const;
    // The gradient that arrives at the state after the last step, (b, width).
    Array last_of(const Real* dys) const;

    // The sum over all steps of (state before)^T (gradient of its product), (width, gates width). d_gates is used up.
    Array by_weight(const Real* y, const Array& first, Array& d_gates) const;
};

#ifdef HEED_TESTING
// Lengths of three sequences of three steps, and which of them have not ended at step t.
inline SequenceOptions options_of_case(bool reverse, bool lengths) {
    return {.reverse = reverse, .lengths = lengths ? std::optional<Ints>(Ints{3, 0, 1}) : std::nullopt};
}
#endif

}  // namespace heed
