// einsum: Einstein's sum, as matrix products.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

using Letters = std::string;  // the axes of an operand, one letter each

bool has(const Letters& axes, char letter) { return axes.find(letter) != Letters::npos; }

struct Formula {
    std::vector<Letters> operands;
    Letters result;
};

// "bij, bjk -> bik"; without an arrow the result has every letter that occurs once, in the order of the alphabet.
Formula parsed(const std::string& text, Site at) {
    const auto wrong = [&](const std::string& why) { return fmt::format("formula '{}': {}", text, why); };
    std::string letters;
    for (const char c : text)
        if (c != ' ') letters += c;
    const std::size_t arrow = letters.find("->");
    Formula f;
    f.operands.emplace_back();
    for (const char c : letters.substr(0, arrow)) {
        const bool letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
        require(
            letter || c == ',', "einsum",
            [&] { return wrong(fmt::format("'{}'; expected letters, commas and one ->", c)); }, at);
        if (c == ',') f.operands.emplace_back();
        else {
            require(
                !has(f.operands.back(), c), "einsum",
                [&] { return wrong(fmt::format("'{}' twice in one operand; diagonals are not taken", c)); }, at);
            f.operands.back() += c;
        }
    }
    if (arrow == std::string::npos) {
        for (char c = 'A'; c <= 'z'; ++c)
            if (std::count(letters.begin(), letters.end(), c) == 1 && c != ',') f.result += c;
        return f;
    }
    for (const char c : letters.substr(arrow + 2)) {
        const bool known =
            std::any_of(f.operands.begin(), f.operands.end(), [&](const Letters& axes) { return has(axes, c); });
        require(
            known && !has(f.result, c), "einsum",
            [&] { return wrong(fmt::format("'{}' in the result; expected letters of the operands, once", c)); }, at);
        f.result += c;
    }
    return f;
}

void check_sizes(const Formula& f, const std::string& text, const Ins& operands) {
    require(
        f.operands.size() == operands.size(), "einsum",
        [&] {
            return fmt::format("formula '{}' names {} operands; {} were passed", text, f.operands.size(),
                               operands.size());
        },
        operands.at);
    Dim sizes[128];
    std::fill(sizes, sizes + 128, Dim{-1});
    for (std::size_t k = 0; k < operands.size(); ++k) {
        const std::string name = fmt::format("operand {}", k);
        const Shape& shape = operands[k].shape();
        expect(
            shape.size() == f.operands[k].size(), "einsum", name, shape,
            [&] { return fmt::format("{} axes because the formula has '{}'", f.operands[k].size(), f.operands[k]); },
            operands.at);
        for (std::size_t i = 0; i < shape.size(); ++i) {
            Dim& size = sizes[static_cast<std::size_t>(f.operands[k][i])];
            expect(
                size < 0 || size == shape[i], "einsum", name, shape,
                [&] {
                    return fmt::format("{} at axis {} because '{}' has that size before", size, i, f.operands[k][i]);
                },
                operands.at);
            size = shape[i];
        }
    }
}

struct Term {
    Var value;
    Letters axes;
};

// With its axes in this order: those of `order` that it has.
Var ordered(const Term& t, const Letters& order) {
    Axes axes;
    bool permuted = false;
    for (const char letter : order) {
        const std::size_t at = t.axes.find(letter);
        permuted = permuted || at != axes.list.size();
        axes.list.push_back(static_cast<Dim>(at));
    }
    return permuted ? permute(t.value, axes) : t.value;
}

// Summed over the axes that are not `wanted`.
Term kept(const Term& t, const Letters& wanted) {
    Axes gone;
    Letters rest;
    for (std::size_t i = 0; i < t.axes.size(); ++i) {
        if (has(wanted, t.axes[i])) rest += t.axes[i];
        else gone.list.push_back(static_cast<Dim>(i));
    }
    return gone.list.empty() ? t : Term{sum(t.value, gone), rest};
}

Shape sizes_of(const Term& t, const Letters& letters) {
    Shape shape;
    for (const char letter : letters) shape.push_back(t.value.shape()[t.axes.find(letter)]);
    return shape;
}

// One matrix product: (shared, only a, summed) times (shared, summed, only b), for `wanted` letters of the result.
Term product(const Term& a, const Term& b, const Letters& wanted, Site at) {
    Letters shared, only_a, summed, only_b;
    for (const char letter : a.axes) (!has(b.axes, letter) ? only_a : has(wanted, letter) ? shared : summed) += letter;
    for (const char letter : b.axes)
        if (!has(a.axes, letter)) only_b += letter;
    const Shape batch = sizes_of(a, shared), rows = sizes_of(a, only_a), columns = sizes_of(b, only_b);
    const Dim inner = sizes_of(a, summed).count();
    Shape shape = batch;
    for (const Shape* part : {&rows, &columns})
        for (const Dim size : *part) shape.push_back(size);
    require_sizes("einsum", shape, at);
    const Var left = reshape(ordered(a, shared + only_a + summed), {batch.count(), rows.count(), inner});
    const Var right = reshape(ordered(b, shared + summed + only_b), {batch.count(), inner, columns.count()});
    return {reshape(matmul(left, right), shape), shared + only_a + only_b};
}

}  // namespace

// Einstein's sum: the result at its letters is the sum over all other letters of the product of the operands. From the
// left to the right, two operands at a time, each pair one matrix product; at most eight letters may stand in a result
// between.
Var einsum(const std::string& formula, Ins operands) {
    const Formula f = parsed(formula, operands.at);
    check_sizes(f, formula, operands);
    const auto wanted_after = [&](std::size_t k) {  // letters of the result and of later operands
        Letters letters = f.result;
        for (std::size_t later = k + 1; later < operands.size(); ++later) letters += f.operands[later];
        return letters;
    };
    Term all{operands[0], f.operands[0]};
    for (std::size_t k = 1; k < operands.size(); ++k) {
        const Term next{operands[k], f.operands[k]};
        const Letters wanted = wanted_after(k);
        all = product(kept(all, wanted + next.axes), kept(next, wanted + all.axes), wanted, operands.at);
    }
    const Var result = ordered(kept(all, f.result), f.result);
    return operands.size() == 1 && &result.node() == &operands[0].node() ? reshape(result, result.shape())
                                                                         : result;  // a value of its own
}

// clang-format off
HEED_OP_CASES(
    {.name = "einsum/matrix product", .inputs = {{2, 3}, {3, 4}}, .call = [](Vars in) { return einsum("ij,jk->ik", {in[0], in[1]}); },
     .same_as = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "einsum/no arrow", .inputs = {{2, 3}, {3, 4}}, .call = [](Vars in) { return einsum("kj, ja", {in[0], in[1]}); },
     .same_as = [](Vars in) { return transpose(matmul(in[0], in[1])); }},
    {.name = "einsum/scores of heads", .inputs = {{2, 3, 4, 5}, {2, 6, 4, 5}},
     .call = [](Vars in) { return einsum("bqhd,bkhd->bhqk", {in[0], in[1]}); },
     .same_as = [](Vars in) { return matmul(permute(in[0], {0, 2, 1, 3}), permute(in[1], {0, 2, 3, 1})); }},
    {.name = "einsum/outer product", .inputs = {{2}, {3}}, .call = [](Vars in) { return einsum("i,j->ji", {in[0], in[1]}); },
     .same_as = [](Vars in) { return in[0] * unsqueeze(in[1], 1); }},
    {.name = "einsum/inner product", .inputs = {{5}, {5}}, .call = [](Vars in) { return einsum("i,i->", {in[0], in[1]}); },
     .same_as = [](Vars in) { return sum(in[0] * in[1]); }},
    {.name = "einsum/elementwise", .inputs = {{2, 3}, {3, 2}}, .call = [](Vars in) { return einsum("ij,ji->ij", {in[0], in[1]}); },
     .same_as = [](Vars in) { return in[0] * transpose(in[1]); }},
    {.name = "einsum/one operand", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return einsum("abc->ca", {in[0]}); },
     .same_as = [](Vars in) { return transpose(sum(in[0], 1)); }},
    {.name = "einsum/three operands", .inputs = {{2, 3}, {4, 3, 5}, {2, 5}},
     .call = [](Vars in) { return einsum("bi,oij,bj->bo", {in[0], in[1], in[2]}); },
     .same_as = [](Vars in) {
         const Var x = reshape(in[0], {2, 1, 3, 1}), y = reshape(in[2], {2, 1, 1, 5});
         return sum(x * in[1] * y, {2, 3});
     }},
    {.name = "einsum/a letter of one operand", .inputs = {{2, 3}, {2, 4}}, .call = [](Vars in) { return einsum("ij,ik->i", {in[0], in[1]}); },
     .same_as = [](Vars in) { return sum(in[0], 1) * sum(in[1], 1); }},
    {.name = "einsum/scalars", .inputs = {{}, {3}}, .call = [](Vars in) { return einsum(",i->i", {in[0], in[1]}); },
     .same_as = [](Vars in) { return in[0] * in[1]; }},
    {.name = "einsum/nothing to sum", .inputs = {{2, 0}, {0, 3}}, .call = [](Vars in) { return einsum("ij,jk->ik", {in[0], in[1]}); }, .flat = true},
    {.name = "einsum/sizes differ", .inputs = {{2, 3}, {4, 2}}, .call = [](Vars in) { return einsum("ij,jk->ik", {in[0], in[1]}); }, .rejects = true},
    {.name = "einsum/axes differ", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { return einsum("ij,jk->ik", {in[0], in[1]}); }, .rejects = true},
    {.name = "einsum/operands differ", .inputs = {{2, 3}}, .call = [](Vars in) { return einsum("ij,jk->ik", {in[0]}); }, .rejects = true},
    {.name = "einsum/unknown letter", .inputs = {{2, 3}}, .call = [](Vars in) { return einsum("ij->k", {in[0]}); }, .rejects = true},
    {.name = "einsum/diagonal", .inputs = {{3, 3}}, .call = [](Vars in) { return einsum("ii->i", {in[0]}); }, .rejects = true},
    {.name = "einsum/ellipsis", .inputs = {{3, 3}}, .call = [](Vars in) { return einsum("...i->i", {in[0]}); }, .rejects = true})
// clang-format on

}  // namespace heed
