// Masked means absent: NaN, infinities and huge values behind the ends of sequences and under ignored labels reach
// neither a result nor a gradient. What comes out has the bits that zeros there give.
#include <cmath>
#include <functional>
#include <limits>
#include <heed/nn/decode/ctc_decode.hpp>
#include <heed/nn/decode/monotonic_alignment.hpp>
#include <heed/nn/layers/location.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/loss/ctc.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/ops/recurrent/sequence.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/check/run_case.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

const Real not_a_number = std::numeric_limits<Real>::quiet_NaN(), inf = std::numeric_limits<Real>::infinity();

// (3, 4, width): sequences of 4, 2 and 1 steps; elements behind their ends are `behind`.
const Ints ends{4, 2, 1};
Array sequences(Dim width, Real behind) {
    Array x = case_noise({3, 4, width}, 1);
    for (Dim b = 0; b < 3; ++b)
        for (Dim t = ends(b); t < 4; ++t)
            for (Dim i = 0; i < width; ++i) x(b, t, i) = behind;
    return x;
}

// The results of a loss of x and the gradients of all parameters and x.
using Loss = Var (*)(const nn::Params& p, const Var& x);
std::vector<Array> run(Loss loss, const Array& values) {
    nn::Params p(7);
    const Var x = Var::leaf(values);
    Tape tape(case_key);
    const Var y = loss(p, x);
    tape.backward(sum(y * case_noise(y.shape(), 3)));
    std::vector<Array> all{y.value(), x.grad()};
    for (const Var& parameter : p.list())
        all.push_back(parameter.has_grad() ? parameter.grad() : filled(parameter.shape(), 0));
    return all;
}

void check_absent(const char* name, Loss loss, const Array& with_zeros, const std::vector<Array>& planted) {
    INFO(name);
    const std::vector<Array> expected = run(loss, with_zeros);
    for (const Array& x : planted) {
        const std::vector<Array> got = run(loss, x);
        for (std::size_t i = 0; i < got.size(); ++i) {
            INFO("result, gradient of x, of parameters: number " << i);
            CHECK(elements(got[i]) == elements(expected[i]));
        }
    }
}

void check_sequences(const char* name, Loss loss, Dim width = 3) {
    check_absent(name, loss, sequences(width, 0),
                 {sequences(width, not_a_number), sequences(width, inf), sequences(width, 1e300)});
}

template <class Result>
Var all_of(const Result& r) {
    if constexpr (std::is_same_v<Result, nn::GRU::Result>)
        return concat({reshape(r.outputs, {-1}), reshape(r.last, {-1})});
    else return concat({reshape(r.outputs, {-1}), reshape(r.last.h, {-1}), reshape(r.last.c, {-1})});
}

template <Dim gates, bool reverse>
Var gated(const nn::Params& p, const Var& x) {
    const Var weight = p.make("weight", {2, 2 * gates}, nn::init::normal(1)),
              bias = p.make("bias", {2 * gates}, nn::init::normal(1));
    const SequenceOptions options{.reverse = reverse, .lengths = ends};
    if constexpr (gates == 3) return gru_sequence(x, weight, bias, options);
    const LSTMState states = lstm_sequence(x, weight, bias, options);
    return concat({states.h, states.c});
}

}  // namespace

TEST_CASE("absent: recurrent layers", "[absent]") {
    check_sequences("GRU", [](const nn::Params& p, const Var& x) { return all_of(nn::GRU(p, 3, 2)(x, ends)); });
    check_sequences("LSTM", [](const nn::Params& p, const Var& x) { return all_of(nn::LSTM(p, 3, 2)(x, ends)); });
    check_sequences("GRU, both directions", [](const nn::Params& p, const Var& x) {
        return all_of(nn::GRU(p, 3, 2, {.bidirectional = true})(x, ends));
    });
    check_sequences("LSTM, both directions", [](const nn::Params& p, const Var& x) {
        return all_of(nn::LSTM(p, 3, 2, {.bidirectional = true})(x, ends));
    });
    check_sequences("GRU, two layers", [](const nn::Params& p, const Var& x) {
        return all_of(nn::GRU(p, 3, 2, {.layers = 2, .bidirectional = true})(x, ends));
    });
    check_sequences("LSTM, two layers", [](const nn::Params& p, const Var& x) {
        return all_of(nn::LSTM(p, 3, 2, {.layers = 2})(x, ends));
    });
    check_sequences("gru_sequence", gated<3, false>, 6);
    check_sequences("gru_sequence, reverse", gated<3, true>, 6);
    check_sequences("lstm_sequence", gated<4, false>, 8);
    check_sequences("lstm_sequence, reverse", gated<4, true>, 8);
}

TEST_CASE("absent: a NaN inside a sequence stays in it", "[absent]") {
    nn::Params p(7);
    const nn::GRU layer(p, 3, 2);
    Array x = sequences(3, 0);
    x(1, 0, 0) = not_a_number;
    const Array y = layer(x, ends).outputs.value();
    CHECK(std::isnan(y(1, 1, 0)));
    CHECK(y(1, 2, 0) == 0);  // behind its end
    CHECK(std::isfinite(y(0, 3, 0)));
}

TEST_CASE("absent: the memory of attention layers", "[absent]") {
    check_sequences("AdditiveAttention", [](const nn::Params& p, const Var& x) {
        const nn::AdditiveAttention attend(p, 2, 3, 4);
        return attend(case_noise({3, 5, 2}, 4), attend.remember(x, lengths(ends)));
    });
    check_sequences("DotProductAttention", [](const nn::Params& p, const Var& x) {
        const nn::DotProductAttention attend(p, 2, 3, {.general = true});
        return attend(case_noise({3, 5, 2}, 4), attend.remember(x, lengths(ends)));
    });
    check_sequences("MultiHeadAttention", [](const nn::Params& p, const Var& x) {
        const nn::MultiHeadAttention attend(p, 4, 2, {.memory_width = 3, .qk_norm = true, .logit_scale = true});
        return attend(case_noise({3, 5, 4}, 4), attend.remember(x, lengths(ends)));
    });
    check_sequences("MultiHeadAttention, dropped keys", [](const nn::Params& p, const Var& x) {
        Array padding = filled({3, 1, 1, 4}, 0);
        for (Dim b = 0; b < 3; ++b)
            for (Dim t = ends(b); t < 4; ++t) padding(b, 0, 0, t) = 1;
        const nn::MultiHeadAttention attend(p, 4, 2, {.memory_width = 3});
        return attend(case_noise({3, 5, 4}, 4), attend.remember(x, drop(padding)));
    });
    check_sequences("LocationAttention", [](const nn::Params& p, const Var& x) {
        const nn::LocationAttention attend(p, 2, 3, 4, {.filters = 2, .width = 3, .coverage = true});
        const nn::AttentionMemory memory = attend.remember(x, lengths(ends));
        nn::AlignmentState state = attend.start(memory);
        Var attended;
        for (int step = 0; step < 3; ++step) {
            const Var covered = state.covered, found = attend(case_noise({3, 2}, Real(4 + step)), memory, state);
            attended = attended.defined() ? concat({attended, found})
                                          : concat({found, unsqueeze(nn::coverage_loss(state.previous, covered), 1)});
        }
        return attended;
    });
    check_sequences(
        "TransformerDecoderLayer",
        [](const nn::Params& p, const Var& x) {
            const nn::TransformerDecoderLayer layer(p, 4, 2);
            return layer(case_noise({3, 5, 4}, 4), layer.remember(x, lengths(ends)), causal());
        },
        4);
}

TEST_CASE("absent: what attends to itself", "[absent]") {
    const std::vector<Array> planted{sequences(4, not_a_number), sequences(4, inf), sequences(4, -inf)};
    const auto check = [&](const char* name, Loss loss) { check_absent(name, loss, sequences(4, 0), planted); };
    check("MultiHeadAttention", [](const nn::Params& p, const Var& x) {
        return within(nn::MultiHeadAttention(p, 4, 2)(x, lengths(ends)), ends);
    });
    check("TransformerEncoder", [](const nn::Params& p, const Var& x) {
        return within(nn::TransformerEncoder(p, 2, 4, 2, {.norm_first = true})(x, lengths(ends)), ends);
    });
    check("TransformerEncoder, norms behind", [](const nn::Params& p, const Var& x) {
        return within(nn::TransformerEncoder(p, 2, 4, 2, {.norm_first = false})(x, lengths(ends) & causal()), ends);
    });
}

TEST_CASE("absent: labels that are ignored, and labels without weight", "[absent]") {
    const auto rows = [](Real hidden) {  // the second and the last of four
        Array x = case_noise({4, 3}, 2);
        for (Dim i = 0; i < 3; ++i) x(1, i) = x(3, i) = hidden;
        return x;
    };
    const std::vector<Array> planted{rows(not_a_number), rows(inf), rows(1e300)};
    check_absent(
        "cross_entropy",
        [](const nn::Params&, const Var& x) {
            return cross_entropy(x, Ints{2, -100, 0, -100});
        },
        rows(0), planted);
    check_absent(
        "smoothing",
        [](const nn::Params&, const Var& x) {
            return cross_entropy(x, Ints{2, -1, 0, -1}, {.ignore = -1, .smoothing = 0.1, .weights = {1, 2, 3}});
        },
        rows(0), planted);
    check_absent(
        "weight 0",
        [](const nn::Params&, const Var& x) {
            return cross_entropy(x, Ints{2, 1, 0, -100}, {.weights = {1, 0, 3}});
        },
        rows(0), planted);
    check_absent(
        "linear_cross_entropy",
        [](const nn::Params& p, const Var& x) {
            return linear_cross_entropy(x, p.make("w", {5, 3}, nn::init::normal(1)), Ints{2, -100, 4, -100});
        },
        rows(0), planted);
    check_absent(
        "linear_cross_entropy, weight 0",
        [](const nn::Params& p, const Var& x) {
            return linear_cross_entropy(x, p.make("w", {3, 3}, nn::init::normal(1)), Ints{2, 1, 0, -100},
                                        {.weights = {1, 0, 3}});
        },
        rows(0), planted);
}

TEST_CASE("absent: a class without weight may be impossible", "[absent]") {
    const Var x = Var::leaf(Array{{1, 2, -inf}});
    Tape tape;
    const Var loss = cross_entropy(x, Ints{0}, {.smoothing = 0.3, .weights = {1, 1, 0}});
    tape.backward(loss);
    const double q = 1 / (1 + std::exp(1.0));  // of the first class; mass 0.8 and 0.1 on the first two
    CHECK(double{loss.item()} == Approx(-0.8 * std::log(q) - 0.1 * std::log(1 - q)).epsilon(1e-12));
    CHECK(x.grad().storage()[2] == 0);
}

TEST_CASE("absent: frames behind the end of a CTC input, and labels behind the end of a target", "[absent]") {
    check_sequences("ctc_loss", [](const nn::Params&, const Var& x) {
        Ints targets = Ints::from_shape({3, 2});
        std::fill(targets.begin(), targets.end(), -7);
        targets(0, 0) = 1, targets(0, 1) = 2, targets(1, 0) = 2;
        return ctc_loss(x, targets, ends, Ints{2, 1, 0}, {.reduction = CtcOptions::Reduction::none});
    });
}

TEST_CASE("lengths: what does not fit is refused in the same words by all that take them", "[mask]") {
    const Array x = filled({2, 3, 6}, 1), weight = filled({2, 6}, 1), bias = filled({6}, 1),
                heads = filled({2, 1, 3, 6}, 1);
    const nn::GRU gru(nn::Params() / "gru", 6, 2);
    const Ints labels{{1, 2, 3}, {1, 2, 3}}, fits(Shape{2}, 3);
    const struct {
        std::string op, name, unit;
        Dim least;
        std::function<void(const Ints&)> call;
    } all[] = {
        {"within", "lengths", "steps", 0, [&](const Ints& n) { within(x, n); }},
        {"gru_sequence", "lengths", "steps", 0,
         [&](const Ints& n) { gru_sequence(x, weight, bias, SequenceOptions{.lengths = n}); }},
        {"GRU", "lengths", "steps", 1, [&](const Ints& n) { gru(x, n); }},
        {"attention", "lengths", "keys", 0,
         [&](const Ints& n) { attention(heads, heads, heads, {.mask = lengths(n)}); }},
        {"attention", "prefix", "keys", 0, [&](const Ints& n) { attention(heads, heads, heads, {.mask = prefix(n)}); }},
        {"ctc_loss", "input_lengths", "frames", 0, [&](const Ints& n) { ctc_loss(x, labels, n, fits); }},
        {"ctc_loss", "target_lengths", "labels", 0, [&](const Ints& n) { ctc_loss(x, labels, fits, n); }},
        {"ctc_greedy", "lengths", "frames", 0, [&](const Ints& n) { nn::ctc_greedy(x, n); }},
        {"align_monotonic", "frames", "frames", 1,
         [&](const Ints& n) {
             nn::align_monotonic(filled({2, 3, 3}, 0), fits, n);
         }},
    };
    for (const auto& one : all) {
        const std::string begin = one.op + ": argument '" + one.name + "' ", here = "test_absent64.cpp";
        CHECK_THAT(text_of([&] { one.call(Ints(Shape{1}, 1)); }),
                   StartsWith(begin + "has shape (1); expected (2): one for each example\n") && Containing(here));
        for (const Dim wrong : {Dim{4}, one.least - 1})
            CHECK_THAT(text_of([&] {
                           one.call({3, wrong});
                       }),
                       StartsWith(begin + "holds " + std::to_string(wrong) + " at (1); expected " +
                                  std::to_string(one.least) + " <= length <= 3, the number of " + one.unit + "\n") &&
                           Containing(here));
        CHECK(text_of([&] { one.call(fits); }).empty());
    }
}
