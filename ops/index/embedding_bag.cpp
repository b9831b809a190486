// embedding_bag: sums or means of rows of a table, in bags, in one pass that does not store the rows.
#include <algorithm>
#include <optional>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/index_check.hpp>
#include <heed/ops/kernel/rows/bags.hpp>

namespace heed {
namespace {

constexpr const char* op = "embedding_bag";

// Which positions each bag has.
struct Positions {
    Ints ids, ends;             // (n), (bags): where each bag ends
    std::int64_t padding = -1;  // an id of the table, or none

    kernel::Bags with(const Real* weights, const Shape& table) const {
        return {
            ids.storage().data(), ends.storage().data(), weights, count(ids), count(ends), table[0], table[1], padding};
    }

    Ints counted() const {  // the ids but for the padding
        if (padding < 0) return ids;
        Ints all = Ints::from_shape({count(ids) - std::count(ids.storage().cbegin(), ids.storage().cend(), padding)});
        std::copy_if(ids.storage().cbegin(), ids.storage().cend(), all.data(),
                     [this](std::int64_t id) { return id != padding; });
        return all;
    }

    Ints bags() const {  // of each position
        Ints bag = Ints::from_shape({count(ids)});
        kernel::bags_of_positions(ends.storage().data(), count(ends), bag.data());
        return bag;
    }

    Array counts() const {  // (n, 1): 0 where the padding stands, elsewhere 1
        Array one = Array::from_shape({count(ids), 1});
        std::transform(ids.storage().cbegin(), ids.storage().cend(), one.data(),
                       [this](std::int64_t id) { return id == padding ? Real(0) : Real(1); });
        return one;
    }

    Array shares() const {  // (n): 1 by the number of those that count in the position's bag
        const Array counted = counts();
        Array share = Array::from_shape({count(ids)});
        for (Dim b = 0, begin = 0; b < count(ends); begin = ends.storage().data()[b++]) {
            const Dim end = ends.storage().data()[b];
            const Real* const one = counted.storage().data();
            const auto number = std::count(one + begin, one + end, Real(1));
            std::fill(share.data() + begin, share.data() + end, Real(1) / static_cast<Real>(std::max<Dim>(1, number)));
        }
        return share;
    }
};

std::int64_t checked_padding(const In& table, std::optional<Dim> padding, Site check) {
    if (!padding) return -1;
    const Dim rows = table.dim(0), id = *padding < 0 ? *padding + rows : *padding;
    require(
        0 <= id && id < rows, op,
        [&] {
            return fmt::format("the option 'padding' is {}; expected an id, {} to {}, because 'table' is {}", *padding,
                               -rows, rows - 1, to_string(table.shape()));
        },
        table.at, check);
    return id;
}

// The weight of each id: as they are given, or what makes a mean or a sum.
Var checked_weights(const In& table, const Ints& ids, const EmbeddingBagOptions& o, const Positions& positions,
                    Site check = Site::current()) {
    if (!o.weights.defined()) return o.mode == BagMode::mean ? Var(positions.shares()) : Var(filled({count(ids)}, 1));
    expect(
        o.weights.shape() == ids.shape(), op, "weights", o.weights.shape(),
        [&] { return fmt::format("{}, one weight for each of 'ids'", to_string(ids.shape())); }, table.at, check);
    require(o.mode == BagMode::sum, op,
            "the option 'weights' is given with BagMode::mean; expected BagMode::sum: a mean does not say by what a "
            "weighted sum is divided",
            table.at, check);
    return o.weights;
}

// Where the bags of ids (n) end that begin at `offsets`.
Ints ends_by(const Ints& offsets, const Ints& ids, const In& table, Site check) {
    expect(ids.dimension() == 1, op, "ids", ids.shape(), "(n) because offsets are given", table.at, check);
    expect(offsets.dimension() == 1, op, "offsets", offsets.shape(), "(bags)", table.at, check);
    const Dim bags = count(offsets), n = count(ids);
    require_sizes(op, {bags, table.dim(1)}, table.at, check);
    require(bags > 0 || n == 0, op, "the option 'offsets' is empty; expected a bag for the ids", table.at, check);
    Ints ends = Ints::from_shape({bags});
    const std::int64_t* const begin = offsets.storage().data();
    for (Dim b = 0; b < bags; ++b) {
        const Dim least = b == 0 ? 0 : begin[b - 1], most = b == 0 ? 0 : n;
        require(
            least <= begin[b] && begin[b] <= most, op,
            [&] {
                return fmt::format("the option 'offsets' holds {} at ({}); expected {} <= offset <= {} because {}",
                                   begin[b], b, least, most,
                                   b == 0 ? std::string("the first bag begins with the first id")
                                          : fmt::format("offsets ascend and there are {} ids", n));
            },
            table.at, check);
        ends.data()[b] = b + 1 < bags ? begin[b + 1] : n;
    }
    return ends;
}

// Where the rows of ids (bags, n) end.
Ints ends_of_rows(const Ints& ids, const In& table, Site check) {
    expect(ids.dimension() == 2, op, "ids", ids.shape(), "(bags, n), or (n) with the option 'offsets'", table.at,
           check);
    require_sizes(op, {ids.shape()[0], table.dim(1)}, table.at, check);
    Ints ends = Ints::from_shape({ids.shape()[0]});
    for (Dim b = 0; b < count(ends); ++b) ends.data()[b] = (b + 1) * ids.shape()[1];
    return ends;
}

Positions checked_positions(const In& table, const Ints& ids, const EmbeddingBagOptions& o,
                            Site check = Site::current()) {
    expect(table.rank() == 2, op, "table", table.shape(), "(rows, width)", table.at, check);
    Ints ends = o.offsets ? ends_by(*o.offsets, ids, table, check) : ends_of_rows(ids, table, check);
    require_ids(
        op, ids, table.dim(0), [&] { return fmt::format("'table' is {}", to_string(table.shape())); }, table.at, check);
    return {reshaped(ids, {count(ids)}), std::move(ends), checked_padding(table, o.padding, check)};
}

}  // namespace

// (rows, width) at (bags, n), or at (n) with offsets -> (bags, width)
Var embedding_bag(In table, const Ints& ids, const EmbeddingBagOptions& options) {
    const Positions positions = checked_positions(table, ids, options);
    const Var given = checked_weights(table, ids, options, positions);
    const In weights(given, table.at);
    Array y = Array::from_shape({count(positions.ends), table.dim(1)});
    kernel::bag_sums(positions.with(weights.data(), table.shape()), table.data(), y.data());
    const std::optional<In> read = weights.wants_grad() ? std::optional<In>(table) : std::nullopt;
    Var sums = record(
        op, {table, weights}, std::move(y),
        [positions, weights, read, shape = table.shape(), dt = table.slot(), dw = weights.slot()](const Array& dy) {
            const kernel::Bags bags = positions.with(weights.data(), shape);
            Array dweights = dw ? Array::from_shape(dw.shape()) : Array();
            bool ran = false;
            const auto backward = [&](Real* dtable) {
                kernel::bag_sums_backward(bags, dw ? read->data() : nullptr, dy.storage().data(), dtable,
                                          dw ? dweights.data() : nullptr);
                ran = true;
            };
            dt.add_grad_rows(dy, bags.positions * bags.width, positions.counted(), backward);
            if (!ran && dw) backward(nullptr);  // nobody asks for the table's gradient
            dw.add_grad(std::move(dweights));
        });
    return differentiable(std::move(sums), {table, weights}, [positions](Vars x, const Var&, const Var& dy) {
        const Var counts(positions.counts()), rows = take_rows(dy, positions.bags());
        const Var by_weight = rows * reshape(x[1], {-1, 1}), product = rows * take_rows(x[0], positions.ids);
        return Grads{segment_sum(where(counts, by_weight, 0), positions.ids, x[0].dim(0)),
                     reshape(sum(where(counts, product, 0), -1), x[1].shape())};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "embedding_bag/mean of equal bags", .inputs = {{5, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{{0, 4, 0}, {1, 1, 2}}); },
     .same_as = [](Vars in) { return mean(take_rows(in[0], Ints{{0, 4, 0}, {1, 1, 2}}), 1); }},
    {.name = "embedding_bag/sum with offsets and an empty bag", .inputs = {{6, 37}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{5, 0, 5, 2}, {.offsets = Ints{0, 3, 3}, .mode = BagMode::sum}); },
     .same_as = [](Vars in) { return segment_sum(take_rows(in[0], Ints{5, 0, 5, 2}), Ints{0, 0, 0, 2}, 3); }},
    {.name = "embedding_bag/mean with offsets and empty ends", .inputs = {{4, 2}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{3, 1, 1}, {.offsets = Ints{0, 0, 2, 3}}); },
     .same_as = [](Vars in) { return segment_mean(take_rows(in[0], Ints{3, 1, 1}), Ints{1, 1, 2}, 4); }},
    {.name = "embedding_bag/weights", .inputs = {{5, 3}, {4}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{4, 0, 4, 2}, {.offsets = Ints{0, 2}, .mode = BagMode::sum, .weights = in[1]}); },
     .same_as = [](Vars in) { return segment_sum(take_rows(in[0], Ints{4, 0, 4, 2}) * reshape(in[1], {4, 1}), Ints{0, 0, 1, 1}, 2); }},
    {.name = "embedding_bag/weights of equal bags, wide", .inputs = {{3, 300}, {2, 2}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{{2, 2}, {1, 2}}, {.mode = BagMode::sum, .weights = in[1]}); },
     .same_as = [](Vars in) { return sum(take_rows(in[0], Ints{{2, 2}, {1, 2}}) * reshape(in[1], {2, 2, 1}), 1); }},
    {.name = "embedding_bag/weights alone learn", .inputs = {{3}},
     .call = [](Vars in) { return embedding_bag(ones({2, 5}), Ints{1, 0, 1}, {.offsets = Ints{0, 1}, .mode = BagMode::sum, .weights = in[0]}); }},
    {.name = "embedding_bag/constant weights", .inputs = {{3, 2}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{1, 0, 1}, {.offsets = Ints{0, 1}, .mode = BagMode::sum, .weights = Array{1, -2, 3}}); }},
    {.name = "embedding_bag/mean without padding", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{{3, 0, 3}, {3, 3, 3}, {1, 2, 3}}, {.padding = -1}); },
     .same_as = [](Vars in) { return segment_mean(take_rows(in[0], Ints{0, 1, 2}), Ints{0, 2, 2}, 3); }},
    {.name = "embedding_bag/weights with padding", .inputs = {{4, 3}, {2, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{{3, 0, 3}, {3, 3, 0}}, {.mode = BagMode::sum, .weights = in[1], .padding = 0}); },
     .same_as = [](Vars in) {
         return sum(take_rows(in[0], Ints{{3, 0, 3}, {3, 3, 0}}) * reshape(in[1] * Array{{1, 0, 1}, {1, 1, 0}}, {2, 3, 1}), 1); }},
    {.name = "embedding_bag/no ids", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints::from_shape({0}), {.offsets = Ints{0, 0}}); }, .flat = true},
    {.name = "embedding_bag/no bags", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints::from_shape({0}), {.offsets = Ints::from_shape({0})}); }, .flat = true},
    {.name = "embedding_bag/no columns", .inputs = {{4, 0}}, .call = [](Vars in) { return embedding_bag(in[0], Ints{{1, 2}}); }, .flat = true},
    {.name = "embedding_bag/id too large", .inputs = {{4, 3}}, .call = [](Vars in) { return embedding_bag(in[0], Ints{{0, 4}}); }, .rejects = true},
    {.name = "embedding_bag/negative id", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{-1}, {.offsets = Ints{0}}); }, .rejects = true},
    {.name = "embedding_bag/table of rank 3", .inputs = {{4, 3, 2}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{{0, 1}}); }, .rejects = true},
    {.name = "embedding_bag/ids of rank 1 without offsets", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1}); }, .rejects = true},
    {.name = "embedding_bag/ids of rank 2 with offsets", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{{0, 1}}, {.offsets = Ints{0}}); }, .rejects = true},
    {.name = "embedding_bag/offsets of rank 2", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1}, {.offsets = Ints{{0}}}); }, .rejects = true},
    {.name = "embedding_bag/offsets not from 0", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1}, {.offsets = Ints{1}}); }, .rejects = true},
    {.name = "embedding_bag/offsets descend", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1, 2}, {.offsets = Ints{0, 2, 1}}); }, .rejects = true},
    {.name = "embedding_bag/offsets beyond the ids", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1}, {.offsets = Ints{0, 3}}); }, .rejects = true},
    {.name = "embedding_bag/ids in no bag", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1}, {.offsets = Ints::from_shape({0})}); }, .rejects = true},
    {.name = "embedding_bag/weights differ", .inputs = {{4, 3}, {3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1}, {.offsets = Ints{0}, .mode = BagMode::sum, .weights = in[1]}); }, .rejects = true},
    {.name = "embedding_bag/mean with weights", .inputs = {{4, 3}, {2}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{0, 1}, {.offsets = Ints{0}, .weights = in[1]}); }, .rejects = true},
    {.name = "embedding_bag/padding is no id", .inputs = {{4, 3}},
     .call = [](Vars in) { return embedding_bag(in[0], Ints{{0, 1}}, {.padding = 4}); }, .rejects = true})
// clang-format on

}  // namespace heed
