// A copying decoder: all steps at once, single steps and a plain loop agree; reordered rows continue as they were.
#include <heed/nn/layers/heads/copying_decoder.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim pieces = 5, symbols = 7, memory_width = 3;
const Ints source_lengths{4, 2};
const Ints copies{{5, 2, 5, 6}, {6, 1, 0, 0}};
const Ints previous{{1, 3, 5}, {1, 6, 2}};  // 5 and 6 are copied
const Ints targets{{3, 5, 2}, {6, 2, 4}};

struct Decoder {
    nn::Params params{3};
    nn::CopyingDecoder decoder{params,
                               {.pieces = pieces, .embedding = 4, .width = 6, .memory = memory_width, .copied = 3}};
    Var memory = Var::leaf(noise({2, 4, memory_width}, 1), "memory");
    Var h = Var::leaf(noise({2, 6}, 2), "h");
    nn::CopyingDecoder::State start() const { return decoder.start(memory, source_lengths, copies, symbols, h); }
};

Ints column(const Ints& x, Dim t) {
    Ints c = Ints::from_shape({x.shape()[0]});
    for (Dim i = 0; i < count(c); ++i) c(i) = x(i, t);
    return c;
}

}  // namespace

TEST_CASE("nn: a copying decoder's steps are those of all steps at once", "[nn]") {
    const Decoder d;
    const Array together = d.decoder(d.start(), previous, targets).value();
    nn::CopyingDecoder::State state = d.start();
    for (Dim t = 0; t < 3; ++t) {
        const Array log_p = d.decoder.next(state, column(previous, t)).value();
        for (Dim b = 0; b < 2; ++b) {
            double sum = 0;
            for (Dim s = 0; s < symbols; ++s) sum += std::exp(log_p(b, s));
            CHECK(sum == Approx(1));
            CHECK(log_p(b, targets(b, t)) == Approx(together(b, t)));
        }
    }
}

TEST_CASE("nn: a copying decoder reads what was copied as one piece, and attends with its new state", "[nn]") {
    const Decoder d;
    nn::CopyingDecoder::State state = d.start();
    const Var piece = d.decoder.piece(Ints{3, 3});  // `copied`, for 5 and 6
    const Var h = d.decoder.cell(concat({piece, zeros({2, memory_width})}), d.h);
    Var weights;
    const Var context = d.decoder.attend(h, d.decoder.attend.remember(d.memory, lengths(source_lengths)), &weights);
    const Var x = tanh(d.decoder.before(concat({h, context})));
    const Array wanted = d.decoder.pointer(x, d.decoder.out(x), weights, copies, symbols).value();
    const Array found = d.decoder.next(state, Ints{5, 6}).value();
    for (Dim i = 0; i < count(wanted); ++i)
        if (std::isfinite(wanted.data()[i])) CHECK(found.data()[i] == Approx(wanted.data()[i]));
}

TEST_CASE("nn: reordered rows of a copying decoder continue as they were", "[nn]") {
    const Decoder d;
    nn::CopyingDecoder::State state = d.start(), moved = d.start();
    d.decoder.next(state, Ints{1, 2});
    d.decoder.next(moved, Ints{1, 2});
    moved.reorder(Ints{1, 0, 1});
    const Array plain = d.decoder.next(state, Ints{3, 6}).value(), other = d.decoder.next(moved, Ints{6, 3, 6}).value();
    const Dim from[] = {1, 0, 1};
    for (Dim i = 0; i < 3; ++i)
        for (Dim s = 0; s < symbols; ++s) CHECK(other(i, s) == plain(from[i], s));
}

TEST_CASE("nn: a copying decoder's gradients are those of differences", "[nn]") {
    const Decoder d;
    std::vector<Var> leaves = d.params.list();
    leaves.insert(leaves.end(), {d.memory, d.h});
    check_gradients(leaves, "", [&] { return d.decoder(d.start(), previous, targets); });
}
