#include <fmt/format.h>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/permute.hpp>
#include <heed/ops/op.hpp>

namespace heed {
namespace {

// An array seen from one axis: (outer, n, inner).
struct Axis {
    Dim outer = 1, n = 1, inner = 1;
    Axis(const Shape& shape, std::size_t axis) : n(shape[axis]) {
        for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
        for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
    }
};

// because() says what the bound n comes from.
template <class Because>
void require_ids(const char* op, const Ints& ids, Dim n, Because because, Site caller, Site check = Site::current()) {
    const std::int64_t* id = ids.storage().data();
    for (Dim i = 0, m = count(ids); i < m; ++i) {
        require(0 <= id[i] && id[i] < n, op, [&] {
            Shape at = ids.shape();
            for (Dim k = static_cast<Dim>(at.size()), rest = i; k-- > 0;) {
                Dim& index = at[static_cast<std::size_t>(k)];
                const Dim size = std::exchange(index, rest % index);
                rest /= size;
            }
            return fmt::format("argument 'ids' holds {} at {}; expected 0 <= id < {} because {}", id[i], to_string(at), n, because());
        }, caller, check);
    }
}

void require_ids_of_axis(const char* op, const In& x, const Ints& ids, std::size_t axis, Site check = Site::current()) {
    require_ids(op, ids, x.shape()[axis], [&] { return fmt::format("'x' is {} and its axis {} is meant", to_string(x.shape()), axis); }, x.at, check);
}

// each(place in the array of `axis`, place among the ids) for element (o, i, k) beside (o, ids_oik, k), in the order of the ids.
template <class Each>
void elements_at(const Axis& axis, const Ints& ids, Each each) {
    const std::int64_t* id = ids.storage().data();
    const Dim run = std::max<Dim>(1, axis.outer * axis.inner), m = count(ids) / run;
    for (Dim o = 0, j = 0; o < axis.outer; ++o)
        for (Dim i = 0; i < m; ++i)
            for (Dim k = 0; k < axis.inner; ++k, ++j) each((o * axis.n + id[j]) * axis.inner + k, j);
}

// y (outer, m, inner) = the rows of x at ids (m)
void read_rows(const Real* x, const Axis& axis, const Ints& ids, Real* y) {
    for (Dim o = 0, m = count(ids); o < axis.outer; ++o)
        kernel::take_rows(x + o * axis.n * axis.inner, ids.storage().data(), m, axis.inner, y + o * m * axis.inner);
}

// The rows of x at ids (m) += y (outer, m, inner)
void add_to_rows(Real* x, const Axis& axis, const Ints& ids, const Real* y) {
    for (Dim o = 0, m = count(ids); o < axis.outer; ++o)
        kernel::add_rows(y + o * m * axis.inner, ids.storage().data(), m, axis.inner, x + o * axis.n * axis.inner, axis.n);
}

Var take_along(const char* op, const In& x, const Ints& ids, const Axis& axis, const Shape& shape) {
    Array y = Array::from_shape(shape);
    read_rows(x.data(), axis, ids, y.data());
    return record(op, {x}, std::move(y), [dx = x.slot(), ids, axis](const Array& dy) {
        dx.add_grad_part(dy, count(dy), [&](Real* grad) { add_to_rows(grad, axis, ids, dy.storage().data()); });
    });
}

}  // namespace

// (n, d...) at (b...) -> (b..., d...)
Var take_rows(In table, const Ints& ids) {
    const std::size_t most = Shape::max_rank + 1 - ids.dimension();
    expect(table.rank() >= 1 && table.shape().size() <= most, "take_rows", "table", table.shape(),
           [&] { return fmt::format("at least one axis, and at most {} because 'ids' is {}", most, to_string(ids.shape())); }, table.at);
    require_ids("take_rows", ids, table.dim(0), [&] { return fmt::format("'table' is {}", to_string(table.shape())); }, table.at);
    Shape shape = ids.shape();
    for (std::size_t i = 1; i < table.shape().size(); ++i) shape.push_back(table.shape()[i]);
    require_sizes("take_rows", shape, table.at);
    return take_along("take_rows", table, ids, Axis(table.shape(), 0), shape);
}

// (.., n, ..) at (m) -> (.., m, ..)
Var take(In x, const Ints& ids, Dim axis) {
    const std::size_t place = find_axis("take", axis, x.shape(), x.at);
    expect(ids.dimension() == 1, "take", "ids", ids.shape(), "one axis", x.at);
    require_ids_of_axis("take", x, ids, place);
    Shape shape = x.shape();
    shape[place] = count(ids);
    require_sizes("take", shape, x.at);
    return take_along("take", x, ids, Axis(x.shape(), place), shape);
}

namespace {

// Checks ids, and where they point along an axis of x, for gather and its opposites.
std::size_t find_axis_of_ids(const char* op, const In& x, const Ints& ids, Dim axis, Site check = Site::current()) {
    const std::size_t place = find_axis(op, axis, x.shape(), x.at, check);
    Shape same = ids.shape();
    if (same.size() == x.shape().size()) same[place] = x.shape()[place];
    expect(same == x.shape(), op, "ids", ids.shape(),
           [&] { return fmt::format("the shape of 'x' {}, but for axis {}", to_string(x.shape()), place); }, x.at, check);
    require_ids_of_axis(op, x, ids, place, check);
    return place;
}

Array read_elements(const Array& x, const Axis& axis, const Ints& ids) {
    Array y = Array::from_shape(ids.shape());
    const Real* from = x.storage().data();
    elements_at(axis, ids, [&, to = y.data()](Dim i, Dim j) { to[j] = from[i]; });
    return y;
}

void add_to_elements(Real* x, const Axis& axis, const Ints& ids, const Array& y) {
    const Real* from = y.storage().data();
    const Dim n = count(ids), elements = axis.outer * axis.n * axis.inner;
    if (n <= longest_chain * axis.outer * axis.inner) return elements_at(axis, ids, [=](Dim i, Dim j) { x[i] += from[j]; });
    Storage<std::int64_t> places(static_cast<std::size_t>(n));  // as rows of one element
    elements_at(axis, ids, [to = places.data()](Dim i, Dim j) { to[j] = i; });
    kernel::add_rows(from, std::as_const(places).data(), n, 1, x, elements);
}

void expect_source(const char* op, const In& source, const Ints& ids, Site check = Site::current()) {
    expect(source.shape() == ids.shape(), op, "source", source.shape(),
           [&] { return to_string(ids.shape()) + ", the shape of 'ids'"; }, source.at, check);
}

}  // namespace

Var gather(In x, const Ints& ids, Dim axis) {
    const Axis along(x.shape(), find_axis_of_ids("gather", x, ids, axis));
    return record("gather", {x}, read_elements(x.value(), along, ids), [dx = x.slot(), ids, along](const Array& dy) {
        dx.add_grad_part(dy, count(dy), [&](Real* grad) { add_to_elements(grad, along, ids, dy); });
    });
}

// Of several ids that name one element, the last in row-major order wins.
Var scatter(In x, const Ints& ids, In source, Dim axis) {
    const Axis along(x.shape(), find_axis_of_ids("scatter", x, ids, axis));
    expect_source("scatter", source, ids);
    Array y = x.value();
    elements_at(along, ids, [to = y.data(), from = source.data()](Dim i, Dim j) { to[i] = from[j]; });
    return record("scatter", {x, source}, std::move(y), [dx = x.slot(), ds = source.slot(), ids, along](const Array& dy) {
        if (dx) {
            Array kept = dy;
            elements_at(along, ids, [to = kept.data()](Dim i, Dim) { to[i] = 0; });
            dx.add_grad(std::move(kept));
        }
        if (!ds) return;
        Storage<Dim> winners(static_cast<std::size_t>(count(dy)));  // only the places that ids name are filled and read
        Dim* winner = winners.data();
        elements_at(along, ids, [&](Dim i, Dim j) { winner[i] = j; });
        Array won = Array::from_shape(ids.shape());
        elements_at(along, ids, [&, to = won.data(), from = dy.storage().data()](Dim i, Dim j) { to[j] = winner[i] == j ? from[i] : Real(0); });
        ds.add_grad(std::move(won));
    });
}

Var scatter_add(In x, const Ints& ids, In source, Dim axis) {
    const Axis along(x.shape(), find_axis_of_ids("scatter_add", x, ids, axis));
    expect_source("scatter_add", source, ids);
    Array y = x.value();
    add_to_elements(y.data(), along, ids, source.value());
    return record("scatter_add", {x, source}, std::move(y), [dx = x.slot(), ds = source.slot(), ids, along](Array&& dy) {
        if (ds) ds.add_grad(read_elements(dy, along, ids));
        if (dx) dx.add_grad(std::move(dy));
    });
}

// (n, d...) by ids (n) -> (count, d...): row s is the sum of the rows with id s, in their order.
Var segment_sum(In x, const Ints& ids, Dim count) {
    expect(x.rank() >= 1, "segment_sum", "x", x.shape(), "at least one axis", x.at);
    require(count >= 0, "segment_sum", [&] { return fmt::format("count is {}; expected count >= 0", count); }, x.at);
    expect(ids.dimension() == 1 && ids.shape()[0] == x.dim(0), "segment_sum", "ids", ids.shape(),
           [&] { return fmt::format("({}) because 'x' is {}", x.dim(0), to_string(x.shape())); }, x.at);
    require_ids("segment_sum", ids, count, [&] { return fmt::format("'count' is {}", count); }, x.at);
    Shape shape = x.shape();
    shape[0] = count;
    require_sizes("segment_sum", shape, x.at);
    const Axis segments(shape, 0);
    Array y = filled(shape, 0);
    add_to_rows(y.data(), segments, ids, x.data());
    return record("segment_sum", {x}, std::move(y), [dx = x.slot(), ids, segments](const Array& dy) {
        Array rows = Array::from_shape(dx.shape());
        read_rows(dy.storage().data(), segments, ids, rows.data());
        dx.add_grad(std::move(rows));
    });
}

// (b...) -> (b..., classes): 1 at the id, 0 elsewhere; a constant.
Var one_hot(const Ints& ids, Dim classes, Site at) {
    expect(ids.dimension() < Shape::max_rank, "one_hot", "ids", ids.shape(),
           [] { return fmt::format("fewer than {} axes", Shape::max_rank); }, at);
    require(classes >= 0, "one_hot", [&] { return fmt::format("classes is {}; expected classes >= 0", classes); }, at);
    require_ids("one_hot", ids, classes, [&] { return fmt::format("'classes' is {}", classes); }, at);
    Shape shape = ids.shape();
    shape.push_back(classes);
    require_sizes("one_hot", shape, at);
    Array y = filled(shape, 0);
    const std::int64_t* id = ids.storage().data();
    Real* row = y.data();
    for (Dim i = 0, n = count(ids); i < n; ++i, row += classes) row[id[i]] = 1;
    return Var(std::move(y));
}

namespace {

Var constant(const char* op, const Shape& shape, Real value, Site at) {
    require_sizes(op, shape, at);
    return Var(filled(shape, value));
}

}  // namespace

Var zeros(Shape shape, Site at) { return constant("zeros", shape, 0, at); }
Var ones(Shape shape, Site at) { return constant("ones", shape, 1, at); }

// 0, 1, ..., n - 1
Ints arange(Dim n, Site at) {
    require(n >= 0, "arange", [&] { return fmt::format("n is {}; expected n >= 0", n); }, at);
    require_sizes("arange", {n}, at);
    Ints y = Ints::from_shape({n});
    std::int64_t* to = y.data();
    for (Dim i = 0; i < n; ++i) to[i] = i;
    return y;
}

HEED_OP_CASES(
    {.name = "take_rows/embedding", .inputs = {{5, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{{0, 4}, {1, 1}}); }},
    {.name = "take_rows/as one-hot product", .inputs = {{4, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{3, 0, 3}); },
     .same_as = [](Vars in) { return matmul(one_hot(Ints{3, 0, 3}, 4), in[0]); }},
    {.name = "take_rows/vector at rank 0", .inputs = {{4}}, .call = [](Vars in) { return take_rows(in[0], Ints(2)); },
     .same_as = [](Vars in) { return pick(in[0], 0, 2); }},
    {.name = "take_rows/cube", .inputs = {{3, 2, 2}}, .call = [](Vars in) { return take_rows(in[0], Ints{2, 2}); }},
    {.name = "take_rows/nothing", .inputs = {{3, 2}}, .call = [](Vars in) { return take_rows(in[0], Ints::from_shape({0})); }, .flat = true},
    {.name = "take_rows/id too large", .inputs = {{5, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{{0, 4}, {5, 1}}); }, .rejects = true},
    {.name = "take_rows/negative id", .inputs = {{5, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{-1}); }, .rejects = true},
    {.name = "take_rows/rank 0", .inputs = {{}}, .call = [](Vars in) { return take_rows(in[0], Ints{0}); }, .rejects = true},
    {.name = "take/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return take(in[0], Ints{2, 0, 2, 1}, 1); }},
    {.name = "take/last axis", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{3, 3}, -1); },
     .same_as = [](Vars in) { return transpose(take_rows(transpose(in[0]), Ints{3, 3})); }},
    {.name = "take/id", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{4}, 1); }, .rejects = true},
    {.name = "take/two axes of ids", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{{0, 1}, {1, 0}}, 1); }, .rejects = true},
    {.name = "take/no such axis", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{0}, 2); }, .rejects = true},
    {.name = "gather/last axis", .inputs = {{2, 4}}, .call = [](Vars in) { return gather(in[0], Ints{{3, 0, 3}, {1, 1, 2}}, -1); }},
    {.name = "gather/leading axis", .inputs = {{3, 2}}, .call = [](Vars in) { return gather(in[0], Ints{{2, 0}, {2, 1}, {0, 0}, {1, 2}}, 0); },
     .same_as = [](Vars in) { return transpose(gather(transpose(in[0]), Ints{{2, 2, 0, 1}, {0, 1, 0, 2}}, 1)); }},
    {.name = "gather/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return gather(in[0], Ints{{{2, 0}}, {{1, 1}}}, 1); }},
    {.name = "gather/id", .inputs = {{1, 4}}, .call = [](Vars in) { return gather(in[0], Ints{{0, 4}}, 1); }, .rejects = true},
    {.name = "gather/rows differ", .inputs = {{3, 4}}, .call = [](Vars in) { return gather(in[0], Ints{{0, 1}}, 1); }, .rejects = true},
    {.name = "gather/ranks differ", .inputs = {{3, 4}}, .call = [](Vars in) { return gather(in[0], Ints{0, 1}, 1); }, .rejects = true},
    {.name = "scatter/last axis", .inputs = {{2, 4}, {2, 2}}, .call = [](Vars in) { return scatter(in[0], Ints{{3, 0}, {1, 2}}, in[1], 1); }},
    {.name = "scatter/a later one wins", .inputs = {{3, 2}, {4, 2}},
     .call = [](Vars in) { return scatter(in[0], Ints{{0, 1}, {2, 1}, {0, 0}, {0, 1}}, in[1], 0); }},
    {.name = "scatter/id", .inputs = {{1, 3}, {1, 2}}, .call = [](Vars in) { return scatter(in[0], Ints{{3, 0}}, in[1], 1); }, .rejects = true},
    {.name = "scatter/source differs", .inputs = {{1, 3}, {1, 1}},
     .call = [](Vars in) { return scatter(in[0], Ints{{0, 1}}, in[1], 1); }, .rejects = true},
    {.name = "scatter_add/duplicates", .inputs = {{2, 4}, {2, 3}},
     .call = [](Vars in) { return scatter_add(in[0], Ints{{3, 0, 3}, {1, 1, 1}}, in[1], -1); },
     .same_as = [](Vars in) { return in[0] + squeeze(matmul(unsqueeze(in[1], 1), one_hot(Ints{{3, 0, 3}, {1, 1, 1}}, 4)), 1); }},
    {.name = "scatter_add/leading axis", .inputs = {{3, 2}, {1, 2}}, .call = [](Vars in) { return scatter_add(in[0], Ints{{2, 0}}, in[1], 0); }},
    {.name = "scatter_add/negative id", .inputs = {{1, 3}, {1, 2}},
     .call = [](Vars in) { return scatter_add(in[0], Ints{{0, -1}}, in[1], 1); }, .rejects = true},
    {.name = "scatter_add/source differs", .inputs = {{1, 3}, {2}},
     .call = [](Vars in) { return scatter_add(in[0], Ints{{0, 1}}, in[1], 1); }, .rejects = true},
    {.name = "segment_sum/rows", .inputs = {{5, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{2, 0, 2, 3, 2}, 5); },
     .same_as = [](Vars in) { return matmul(transpose(one_hot(Ints{2, 0, 2, 3, 2}, 5)), in[0]); }},
    {.name = "segment_sum/numbers", .inputs = {{3}}, .call = [](Vars in) { return segment_sum(in[0], Ints{1, 1, 0}, 2); }},
    {.name = "segment_sum/no rows", .inputs = {{0, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints::from_shape({0}), 3); }, .flat = true},
    {.name = "segment_sum/id", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0, 3}, 3); }, .rejects = true},
    {.name = "segment_sum/ids differ", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "segment_sum/rank 0", .inputs = {{}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "one_hot/a constant", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] * one_hot(Ints{2, 0}, 3); }},
    {.name = "one_hot/id", .inputs = {{1}}, .call = [](Vars) { return one_hot(Ints{0, 3}, 3); }, .rejects = true},
    {.name = "zeros/negative size", .inputs = {{1}}, .call = [](Vars) { return zeros({2, -1}); }, .rejects = true},
    {.name = "zeros/beside a value", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0], zeros({2, 1})}); },
     .same_as = [](Vars in) { return pad(in[0], {{0, 1}}); }},
    {.name = "ones/beside a value", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0], ones({2, 1})}); },
     .same_as = [](Vars in) { return pad(in[0], {{0, 1}}, 1); }},
    {.name = "ones/negative size", .inputs = {{1}}, .call = [](Vars) { return ones({-1}); }, .rejects = true},
    {.name = "arange/negative", .inputs = {{1}}, .call = [](Vars in) { return take_rows(in[0], arange(-1)); }, .rejects = true},
    {.name = "arange/all rows", .inputs = {{3, 2}}, .call = [](Vars in) { return take_rows(in[0], arange(3)); },
     .same_as = [](Vars in) { return reshape(in[0], {3, 2}); }})

}  // namespace heed
