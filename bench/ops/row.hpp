#pragma once
// A row of the comparison op by op: the call, and its operands at three sizes. The rows of this program and those of
// rows.py, which have the same names, are all that says what is compared.
#include <array>
#include <functional>
#include <string>
#include <vector>
#include <heed/ops/ops.hpp>

namespace heed::bench {

inline constexpr std::array<const char*, 3> size_names{"small", "middle", "large"};
using Shapes = std::array<Shape, 3>;  // one of each size

// What a row's operand is drawn from. Operands without ids are real and want a gradient, unless they are constant.
struct Operand {
    Shapes shapes;
    enum class Draw { normal, uniform, distinct, ids, orders, offsets, number } draw = Draw::normal;
    double low = 0, high = 0;   // uniform
    std::array<Dim, 3> many{};  // ids: from 0 to many - 1; number: the number itself
    bool constant = false;
    Operand fixed() const {
        Operand x = *this;
        x.constant = true;
        return x;
    }
};

inline Operand normal_in(Shapes shapes) { return {shapes}; }
inline Operand within(double low, double high, Shapes shapes) { return {shapes, Operand::Draw::uniform, low, high}; }
inline Operand distinct(Shapes shapes) { return {shapes, Operand::Draw::distinct}; }  // no two elements are equal
inline Operand ids_below(std::array<Dim, 3> many, Shapes shapes) { return {shapes, Operand::Draw::ids, 0, 0, many}; }
inline Operand orders(Shapes shapes) { return {shapes, Operand::Draw::orders}; }  // each row a permutation of its ids
// Where bags of 4 to 40 ids begin, and ids that fill them.
constexpr Dim begin_of_bag(Dim bag) {
    Dim begin = 0;
    for (Dim b = 0; b < bag; ++b) begin += 4 + 11 * b % 37;
    return begin;
}
inline Operand offsets_of(std::array<Dim, 3> bags) {
    return {{Shape{bags[0]}, {bags[1]}, {bags[2]}}, Operand::Draw::offsets};
}
inline Operand ids_in_bags(std::array<Dim, 3> many, std::array<Dim, 3> bags) {
    return ids_below(many, {Shape{begin_of_bag(bags[0])}, {begin_of_bag(bags[1])}, {begin_of_bag(bags[2])}});
}
inline Operand number(std::array<Dim, 3> n) { return {{}, Operand::Draw::number, 0, 0, n}; }  // the row's n

// The operands of a row at one size.
struct Given {
    std::vector<Var> values;  // leaves, or constants
    std::vector<Ints> ids;
    Dim n = 0;
    Mask mask;
    const Var& operator[](std::size_t i) const { return values[i]; }
};
using G = const Given&;

// What a call gives: values, of which the first is what gradients are asked of, or ids.
struct Results {
    std::vector<Var> values;
    std::vector<Ints> ids;
    Results(Var y) : values{std::move(y)} {}
    Results(std::vector<Var> y) : values(std::move(y)) {}
    Results(Ints y) : ids{std::move(y)} {}
    Results(Ordered y) : values{std::move(y.values)}, ids{std::move(y.indices)} {}
    Results(LSTMState y) : values{std::move(y.h), std::move(y.c)} {}
};

struct OpRow {
    std::string name;  // the op, as ops.hpp has it; and what is special, behind a slash
    std::vector<Operand> operands;
    std::function<Results(G)> call;
    std::function<Mask(G)> mask = {};  // of the operands, made before the clock starts
    bool trained = false;              // its result is a loss: Adam's step of all operands that want a gradient, too
    bool lazy = false;                 // of the first one, a table, that step is of the touched rows alone
};

std::vector<OpRow> elementwise_rows(), reduction_rows(), shape_rows(), index_rows(), network_rows(), loss_rows();
// Of bench/kinds: whole kinds of work, of one size, whichever is asked for.
std::vector<OpRow> mask_rows(), convolution_rows(), recurrent_rows(), embedding_rows(), transformer_rows(),
    vocabulary_rows();

}  // namespace heed::bench
