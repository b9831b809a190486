#pragma once
// A decoder's state that is one of several kinds, for a model that is: what beam_decode() asks of a state.
#include <concepts>
#include <utility>
#include <variant>
#include <heed/core/var.hpp>

namespace heed::nn {

// Each of them has size(), the number of hypotheses, and reorder(rows), which keeps hypotheses rows(0), rows(1), ...;
// one may occur more than once.
template <class... States>
class VariantState {
public:
    template <class State>
        requires(std::same_as<State, States> || ...)
    VariantState(State state) : state_(std::move(state)) {}

    Dim size() const {
        return std::visit([](const auto& state) { return state.size(); }, state_);
    }
    void reorder(const Ints& rows) {
        std::visit([&](auto& state) { state.reorder(rows); }, state_);
    }
    // Throws std::bad_variant_access for one of another kind.
    template <class State>
    State& as() {
        return std::get<State>(state_);
    }

private:
    std::variant<States...> state_;
};

}  // namespace heed::nn
