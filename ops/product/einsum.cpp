// einsum: Einstein's sum, as matrix products.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>
#include <heed/ops/product/einsum_formula.hpp>

namespace heed {
namespace {

// The size of each letter. Of operands that differ in one, those of size one are repeated along it.
struct Sizes {
    Dim of[128];

    Sizes(const EinsumFormula& f, const Ins& operands) {
        std::fill(of, of + 128, Dim{1});
        for (std::size_t k = 0; k < operands.size(); ++k) {
            const Shape& shape = operands[k].shape();
            const std::string name = fmt::format("operand {}", k);
            for (std::size_t i = 0; i < shape.size(); ++i) {
                const char letter = f.operands[k][i];
                const std::size_t first = f.operands[k].find(letter);
                expect(
                    shape[first] == shape[i], "einsum", name, shape,
                    [&] { return fmt::format("equal sizes at axes {} and {}, both '{}'", first, i, letter); },
                    operands.at);
                Dim& size = of[static_cast<std::size_t>(letter)];
                expect(
                    size == 1 || shape[i] == 1 || size == shape[i], "einsum", name, shape,
                    [&] {
                        return fmt::format("{} or 1 at axis {} because '{}' has that size before", size, i, letter);
                    },
                    operands.at);
                if (shape[i] != 1) size = shape[i];
            }
        }
    }
};

struct Term {
    Var value;
    Letters axes;
};

// An operand with each of its letters once: the diagonal where a letter occurs twice, and no axis where it is repeated.
Term term_of(const Var& x, const Letters& letters, const Sizes& sizes, Site at) {
    const View all = View::of(x.shape());
    View view{{}, {}};
    Letters axes;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        const std::size_t before = axes.find(letters[i]);
        if (before != Letters::npos) {
            view.strides[before] += all.strides[i];
        } else if (all.shape[i] == sizes.of[static_cast<std::size_t>(letters[i])]) {
            axes += letters[i];
            view.shape.push_back(all.shape[i]);
            view.strides.push_back(all.strides[i]);
        }
    }
    return axes.size() == letters.size() ? Term{x, axes} : Term{read_part("einsum", In(x, at), view), axes};
}

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
// between. As PyTorch's, it sums over an ellipsis that is not in the result.
Var einsum(const std::string& formula, Ins operands) {
    const EinsumFormula f = einsum_formula(formula, operands);
    const Sizes sizes(f, operands);
    std::vector<Term> terms;
    for (std::size_t k = 0; k < operands.size(); ++k)
        terms.push_back(term_of(operands[k], f.operands[k], sizes, operands.at));
    const auto wanted_after = [&](std::size_t k) {  // letters of the result and of later operands
        Letters letters = f.result;
        for (std::size_t later = k + 1; later < terms.size(); ++later) letters += terms[later].axes;
        return letters;
    };
    Term all = terms[0];
    for (std::size_t k = 1; k < terms.size(); ++k) {
        const Letters wanted = wanted_after(k);
        all = product(kept(all, wanted + terms[k].axes), kept(terms[k], wanted + all.axes), wanted, operands.at);
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
    {.name = "einsum/diagonal", .inputs = {{3, 3}}, .call = [](Vars in) { return einsum("ii->i", {in[0]}); },
     .same_as = [](Vars in) { return diag(in[0]); }},
    {.name = "einsum/trace", .inputs = {{3, 3}}, .call = [](Vars in) { return einsum("ii", {in[0]}); },
     .same_as = [](Vars in) { return sum(diag(in[0])); }},
    {.name = "einsum/diagonals of matrices", .inputs = {{3, 2, 3}, {2, 4}}, .call = [](Vars in) { return einsum("ibi,bj->bij", {in[0], in[1]}); },
     .same_as = [](Vars in) { return unsqueeze(diag(permute(in[0], {1, 0, 2})), -1) * unsqueeze(in[1], 1); }},
    {.name = "einsum/three times one letter", .inputs = {{2, 2, 2}}, .call = [](Vars in) { return einsum("iii->i", {in[0]}); },
     .same_as = [](Vars in) { return take(reshape(in[0], {8}), Ints{0, 7}, 0); }},
    {.name = "einsum/size one beside another", .inputs = {{2, 1}, {3, 4}}, .call = [](Vars in) { return einsum("ij,jk->ik", {in[0], in[1]}); },
     .same_as = [](Vars in) { return matmul(expand(in[0], {2, 3}), in[1]); }},
    {.name = "einsum/size one of three", .inputs = {{1, 3}, {2, 1}, {1, 1}},
     .call = [](Vars in) { return einsum("ij,ij,ij->ji", {in[0], in[1], in[2]}); },
     .same_as = [](Vars in) { return transpose(in[0] * in[1] * in[2]); }},
    {.name = "einsum/sizes one alone", .inputs = {{1, 1}, {1}}, .call = [](Vars in) { return einsum("ii,i->i", {in[0], in[1]}); },
     .same_as = [](Vars in) { return pick(in[0], 0, 0) * in[1]; }},
    {.name = "einsum/size one beside none", .inputs = {{2, 1}, {0}}, .call = [](Vars in) { return einsum("ij,j->i", {in[0], in[1]}); }, .flat = true},
    {.name = "einsum/ellipsis", .inputs = {{2, 3, 4}, {4, 5}}, .call = [](Vars in) { return einsum("...i,ij->...j", {in[0], in[1]}); },
     .same_as = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "einsum/ellipses broadcast", .inputs = {{5, 1, 2, 3}, {4, 3, 2}}, .call = [](Vars in) { return einsum("...ij,...jk", {in[0], in[1]}); },
     .same_as = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "einsum/ellipsis in the middle", .inputs = {{2, 3, 2, 4}}, .call = [](Vars in) { return einsum("i...ik->k...", {in[0]}); },
     .same_as = [](Vars in) { return permute(pick(pick(in[0], 0, 0), 1, 0) + pick(pick(in[0], 0, 1), 1, 1), {1, 0}); }},
    {.name = "einsum/ellipsis of no axes", .inputs = {{3}, {3}}, .call = [](Vars in) { return einsum("...i,...i->...", {in[0], in[1]}); },
     .same_as = [](Vars in) { return sum(in[0] * in[1]); }},
    {.name = "einsum/ellipsis summed", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return einsum("...i->i", {in[0]}); },
     .same_as = [](Vars in) { return sum(in[0], {0, 1}); }},
    {.name = "einsum/diagonal not square", .inputs = {{3, 1}}, .call = [](Vars in) { return einsum("ii->i", {in[0]}); }, .rejects = true},
    {.name = "einsum/twice in the result", .inputs = {{3}}, .call = [](Vars in) { return einsum("i->ii", {in[0]}); }, .rejects = true},
    {.name = "einsum/ellipsis of too few axes", .inputs = {{3}}, .call = [](Vars in) { return einsum("...ij->i", {in[0]}); }, .rejects = true},
    {.name = "einsum/ellipses differ", .inputs = {{2, 3}, {3, 3}},
     .call = [](Vars in) { return einsum("...i,...i", {in[0], in[1]}); }, .rejects = true},
    {.name = "einsum/two ellipses", .inputs = {{3, 3}}, .call = [](Vars in) { return einsum("...i...->i", {in[0]}); }, .rejects = true},
    {.name = "einsum/two dots", .inputs = {{3, 3}}, .call = [](Vars in) { return einsum("..i->i", {in[0]}); }, .rejects = true},
    {.name = "einsum/one dot", .inputs = {{3, 3}}, .call = [](Vars in) { return einsum(".i->i", {in[0]}); }, .rejects = true},
    {.name = "einsum/ellipsis of the result alone", .inputs = {{3}}, .call = [](Vars in) { return einsum("i->...i", {in[0]}); }, .rejects = true})
// clang-format on

}  // namespace heed
