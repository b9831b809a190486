// Sequences of many steps pack their weight, single steps do not: the bits are the same.
#include <heed/core/xt.hpp>
#include <heed/ops/recurrent/sequence.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim batch = 3, steps = 21, width = 37;

struct Inputs {
    Dim gates;
    Var x = drawn({batch, steps, gates*width}, 1), weight = drawn({width, gates*width}, 2),
        bias = drawn({gates * width}, 3), h = drawn({batch, width}, 4), c = drawn({batch, width}, 5);
    static Var drawn(Shape shape, std::uint64_t which) { return normals(shape, RandomStream(Key{6, 7}, which)); }
    Var at(Dim step) const { return slice(x, 1, step, step + 1); }
};

std::vector<double> values_of(const Var& x) { return elements_of(std::vector<Var>{x}); }
std::vector<double> values_at(const Var& x, Dim step) { return values_of(slice(x, 1, step, step + 1)); }

}  // namespace

TEST_CASE("recurrent: many steps have the bits of single ones", "[ops]") {
    const Inputs gru{3}, lstm{4};
    const Var all = gru_sequence(gru.x, gru.weight, gru.bias, gru.h);
    const LSTMState both = lstm_sequence(lstm.x, lstm.weight, lstm.bias, {lstm.h, lstm.c});
    Var h = gru.h;
    LSTMState state{lstm.h, lstm.c};
    for (Dim step = 0; step < steps; ++step) {
        CAPTURE(step);
        h = reshape(gru_sequence(gru.at(step), gru.weight, gru.bias, h), {batch, width});
        CHECK(values_at(all, step) == values_of(h));
        const LSTMState next = lstm_sequence(lstm.at(step), lstm.weight, lstm.bias, state);
        state = {reshape(next.h, {batch, width}), reshape(next.c, {batch, width})};
        CHECK(values_at(both.h, step) == values_of(state.h));
        CHECK(values_at(both.c, step) == values_of(state.c));
    }
}
