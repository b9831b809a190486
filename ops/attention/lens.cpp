// Lens and Lenses: weights and what follows from them, computed on request.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/ops/attention/operands.hpp>

namespace heed {

namespace {
std::vector<Dim> all_of(Dim n) {
    std::vector<Dim> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), Dim{0});
    return all;
}

void expect_below(const std::vector<Dim>& list, Dim n, const char* what, Site at) {
    for (const Dim i : list)
        require(
            0 <= i && i < n, "lens", [&] { return fmt::format("there is no {} {}; expected 0 to {}", what, i, n - 1); },
            at);
}

// What the rows of the asked queries and heads are written to: row(b, h, i) is null for others.
struct Asked {
    std::vector<Dim> queries, heads;
    Array result;
    Asked(const LensRecord& r, std::vector<Dim> q, std::vector<Dim> h, Site at)
        : queries(std::move(q)), heads(std::move(h)) {
        const AttentionSizes& s = r.operands.sizes;
        expect_below(queries, s.tq, "query", at);
        expect_below(heads, s.heads, "head", at);
        if (queries.empty()) queries = all_of(s.tq);
        if (heads.empty()) heads = all_of(s.heads);
        const Shape shape{s.batch, static_cast<Dim>(heads.size()), static_cast<Dim>(queries.size()), s.tk};
        require_sizes("lens", shape, at);
        result = filled(shape, 0);
    }
    // Calls row(to, row of the tile) for each row of the tile that was asked for.
    template <class F>
    void each(const kernel::WeightTile& t, Real* data, Dim keys, F&& row) const {
        const auto count_of = [](const std::vector<Dim>& list) { return static_cast<Dim>(list.size()); };
        for (Dim h = 0; h < count_of(heads); ++h) {
            if (heads[static_cast<std::size_t>(h)] != t.h) continue;
            for (Dim q = 0; q < count_of(queries); ++q) {
                const Dim i = queries[static_cast<std::size_t>(q)];
                if (t.i0 <= i && i < t.i0 + t.rows)
                    row(data + ((t.b * count_of(heads) + h) * count_of(queries) + q) * keys + t.j0, i - t.i0);
            }
        }
    }
};

// Sums over all keys, or over all queries, which may be many.
struct Sums {
    Shape shape;
    std::vector<double> terms;
    explicit Sums(const Shape& s) : shape(s), terms(static_cast<std::size_t>(s.count())) {}
    Array rounded() const {
        Array result = Array::from_shape(shape);
        std::transform(terms.begin(), terms.end(), result.data(), [](double x) { return static_cast<Real>(x); });
        return result;
    }
};

void visit(const LensRecord& r, std::vector<Dim> queries, FunctionRef<void(const kernel::WeightTile&)> f) {
    std::sort(queries.begin(), queries.end());
    queries.erase(std::unique(queries.begin(), queries.end()), queries.end());
    kernel::attention_weights(r.operands.view(), row_sums(r.sums.storage().data(), r.operands.sizes), queries, f);
}

}  // namespace

const LensRecord& Lens::record_of(const char* what, Site at) const {
    if (!record_)
        throw TapeError(fmt::format("lens: {} was asked for before an attention was seen\n  called from {}:{}", what,
                                    at.file, at.line));
    return *record_;
}

Dim Lens::examples(Site at) const { return record_of("examples()", at).operands.sizes.batch; }
Dim Lens::heads(Site at) const { return record_of("heads()", at).operands.sizes.heads; }
Dim Lens::queries(Site at) const { return record_of("queries()", at).operands.sizes.tq; }
Dim Lens::keys(Site at) const { return record_of("keys()", at).operands.sizes.tk; }
Array Lens::log_sums(Site at) const {
    const LensRecord& r = record_of("log_sums()", at);
    const AttentionSizes& s = r.operands.sizes;
    const auto [max, sum] = row_sums(r.sums.storage().data(), s);
    Array result = Array::from_shape({s.batch, s.heads, s.tq});
    Real* const to = result.data();
    for (Dim n = 0; n < count(result); ++n) to[n] = max[n] + std::log(sum[n]);
    return result;
}

Array Lens::weights(std::vector<Dim> queries, std::vector<Dim> heads, Site at) const {
    const LensRecord& r = record_of("weights()", at);
    Asked asked(r, std::move(queries), std::move(heads), at);
    Real* const data = asked.result.data();
    visit(r, asked.queries, [&](const kernel::WeightTile& t) {
        asked.each(t, data, r.operands.sizes.tk,
                   [&](Real* to, Dim row) { std::copy_n(t.weights + row * t.ld, t.keys, to); });
    });
    return asked.result;
}

Array Lens::entropy(Site at) const {
    const LensRecord& r = record_of("entropy()", at);
    const AttentionSizes& s = r.operands.sizes;
    Sums sums({s.batch, s.heads, s.tq});
    visit(r, all_of(s.tq), [&](const kernel::WeightTile& t) {
        for (Dim row = 0; row < t.rows; ++row) {
            double& sum = sums.terms[static_cast<std::size_t>((t.b * s.heads + t.h) * s.tq + t.i0 + row)];
            for (Dim j = 0; j < t.keys; ++j)
                if (const Real w = t.weights[row * t.ld + j]; w > 0) sum -= w * std::log(w);
        }
    });
    return sums.rounded();
}

Array Lens::received(Site at) const {
    const LensRecord& r = record_of("received()", at);
    const AttentionSizes& s = r.operands.sizes;
    Sums sums({s.batch, s.heads, s.tk});
    visit(r, all_of(s.tq), [&](const kernel::WeightTile& t) {
        double* const to = sums.terms.data() + (t.b * s.heads + t.h) * s.tk + t.j0;
        for (Dim row = 0; row < t.rows; ++row)
            for (Dim j = 0; j < t.keys; ++j) to[j] += t.weights[row * t.ld + j];
    });
    return sums.rounded();
}

Lens::Top Lens::top_keys(Dim query, Dim n, Site at) const {
    const LensRecord& r = record_of("top_keys()", at);
    const AttentionSizes& s = r.operands.sizes;
    require(
        0 < n && n <= s.tk, "lens", [&] { return fmt::format("the top {} of {} keys were asked for", n, s.tk); }, at);
    const Array all = weights({query}, {}, at);
    Top top{Ints::from_shape({s.batch, s.heads, n}), Array::from_shape({s.batch, s.heads, n})};
    std::vector<Dim> order(static_cast<std::size_t>(s.tk));
    for (Dim head = 0; head < s.batch * s.heads; ++head) {
        const Real* row = all.storage().data() + head * s.tk;
        std::iota(order.begin(), order.end(), Dim{0});
        std::partial_sort(order.begin(), order.begin() + n, order.end(),
                          [row](Dim a, Dim b) { return row[a] != row[b] ? row[a] > row[b] : a < b; });
        for (Dim k = 0; k < n; ++k) {
            top.keys.data()[head * n + k] = order[static_cast<std::size_t>(k)];
            top.weights.data()[head * n + k] = row[order[static_cast<std::size_t>(k)]];
        }
    }
    return top;
}

// The weight times (dout . value - dout . out), as in the backward.
Array Lens::score_gradient(std::vector<Dim> queries, std::vector<Dim> heads, Site at) const {
    const LensRecord& r = record_of("score_gradient()", at);
    if (!r.dout)
        throw TapeError(
            fmt::format("lens: score_gradient() needs a sweep: call backward() on what was computed with "
                        "this lens\n"
                        "  called from {}:{}",
                        at.file, at.line));
    const AttentionOperands& o = r.operands;
    const kernel::Attention a = o.view();
    const kernel::HeadsOf<const Real> dout = o.result(r.dout->storage().data()),
                                      out = o.result(r.out->storage().data());
    Asked asked(r, std::move(queries), std::move(heads), at);
    Real* const data = asked.result.data();
    const auto dot = [&](const Real* x, const Real* y) { return std::inner_product(x, x + a.dv, y, Real(0)); };
    const auto dropped = [&](Dim b, Dim h, Dim i, Dim j) {
        return o.dropout > 0
                   ? static_cast<Real>(dropout_factor(o.stream, o.dropout, ((b * a.heads + h) * a.tq + i) * a.tk + j))
                   : Real(1);
    };
    visit(r, asked.queries, [&](const kernel::WeightTile& t) {
        asked.each(t, data, a.tk, [&](Real* to, Dim row) {
            const Real* of_row = dout.at(t.b, t.h, t.i0 + row);
            const Real delta = dot(of_row, out.at(t.b, t.h, t.i0 + row));
            for (Dim j = 0; j < t.keys; ++j)
                if (const Real w = t.weights[row * t.ld + j]; w != 0)
                    to[j] = w * (dropped(t.b, t.h, t.i0 + row, t.j0 + j) *
                                     dot(of_row, a.v.at(t.b, t.h / (a.heads / a.groups), t.j0 + j)) -
                                 delta);
        });
    });
    return asked.result;
}

std::shared_ptr<LensRecord> remember_for_lenses(const AttentionCall& call, const Array& sums) {
    if (!call.options->lens && !Lenses::innermost()) return nullptr;
    auto record = std::make_shared<LensRecord>(LensRecord{call.operands(), AttentionOperands(call), sums, {}, {}});
    if (call.options->lens) *call.options->lens = Lens(record);
    if (Lenses* const lenses = Lenses::innermost()) lenses->add(Scope::current(), Lens(record));
    return record;
}

void Lenses::add(std::string_view path, Lens lens) {
    const auto earlier = std::count_if(list_.begin(), list_.end(), [&](const auto& entry) {
        return entry.first == path ||
               (entry.first.size() > path.size() && entry.first[path.size()] == '#' && entry.first.starts_with(path));
    });
    list_.emplace_back(earlier == 0 ? std::string(path) : fmt::format("{}#{}", path, earlier + 1), std::move(lens));
}

std::vector<std::string> Lenses::paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, lens] : list_) paths.push_back(path);
    return paths;
}

const Lens& Lenses::operator[](std::string_view path) const {
    for (const auto& [name, lens] : list_)
        if (name == path) return lens;
    throw RangeError(fmt::format("Lenses: no attention ran in '{}'; there are: {}", path, fmt::join(paths(), ", ")));
}

}  // namespace heed
