// The backward of attention. With delta_i = dout_i . out_i and the weight w_ij = e^(s_ij - max_i) / sum_i, made again
// from the scores,
//   ds_ij = w_ij (dout_i . v_j - delta_i)
// for any score (Dao et al., 2022); what the score is matters only from there to q, k and its parameters.
#include <cmath>
#include <limits>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/attention/tiles.hpp>
#include <heed/ops/kernel/elementwise/chains.hpp>

namespace heed::kernel {
namespace {

constexpr Dim units_wanted = 8;
constexpr Dim most_blocks = 1024;          // of a stretch, which a query's gradient adds up one after the other
constexpr Dim few_queries = 2;             // transposing values for them would take longer than it saves
constexpr Dim most_shared_bias = 1 << 22;  // elements: more than that of bias gradients are not kept once for each task

// How the work is cut: a unit is a stretch of key blocks of one key head and example, with all queries of its heads.
// Neighbours that are small make a task together.
struct Cut {
    Dim stretches, blocks, units, of_task, tasks, theta_size, dq_size;
    bool one_by_one;     // tasks in turn, adding to the same gradient of the bias
    Dim sums, sum_size;  // gradients of theta and of the bias: of each task or, one by one, of all
    Cut(const Attention& a, bool theta, bool bias)
        : stretches(std::max(most_stretches(a), ceil_div(ceil_div(a.tk, key_block), most_blocks))),
          blocks(ceil_div(ceil_div(a.tk, key_block), stretches)), units(a.batch * a.groups * stretches),
          of_task(units_of_task(a.heads / a.groups * a.tq * a.tk / stretches * (3 * a.dk + 2 * a.dv))),
          tasks(ceil_div(units, of_task)), theta_size(theta ? a.heads * a.dk : 0),
          dq_size(a.batch * a.heads * a.tq * a.dk),
          one_by_one(bias && a.mask->gradient_size() * tasks > most_shared_bias),
          sums(one_by_one ? 1 : std::max<Dim>(1, tasks)), sum_size(theta_size + (bias ? a.mask->gradient_size() : 0)) {}
    static Dim most_stretches(const Attention& a) {
        return std::max<Dim>(
            1, std::min(ceil_div(units_wanted, std::max<Dim>(1, a.batch * a.groups)), ceil_div(a.tk, key_block)));
    }
};

class Task {
public:
    Task(Scratch& scratch, const Attention& a, const AttentionGradients& g, const Real* delta, double* dtheta,
         double* dbias)
        : a_(a), g_(g), delta_(delta), dtheta_(dtheta), dbias_(dbias), ld_(tile_ld(a.tk)),
          rows_(std::min(a.tq, backward_rows)), most_keys_(std::min(a.tk, key_block)), scores_(a), keys_(scratch, a),
          values_(scratch, a.tq <= few_queries ? 0 : a.dv, ld_), key_rows_(scratch, most_keys_, a.dk),
          queries_(scratch, a, rows_), query_rows_(scratch, rows_, a.dk), dout_(scratch, rows_, a.dv),
          s_(scratch.take(rows_ * ld_)), dp_(scratch.take(rows_ * ld_)),
          derivative_(scores_.has_derivative() ? scratch.take(rows_ * ld_) : nullptr),
          keep_(a.dropout > 0 ? scratch.take(rows_ * ld_) : nullptr), dq_tile_(scratch.take(rows_ * padded(a.dk))),
          dk_(scratch.take(dk_size())), dv_(scratch.take(dv_size())),
          dk_rows_(scores_.pairwise() ? scratch.take(most_keys_ * padded(a.dk)) : nullptr),
          dtheta_tile_(scratch.take(a.dk)), dk_sum_(doubles(scratch, dk_size())), dv_sum_(doubles(scratch, dv_size())) {
    }
    static Dim elements(const Attention& a) {
        Scratch counter;
        Task(counter, a, {}, nullptr, nullptr, nullptr);
        return counter.used();
    }

    // The keys of a block, with all queries that may see them; dq is added to.
    void run(Dim b, Dim group, Dim j0, const HeadsOf<Real>& dq) {
        dq_ = dq;
        const Dim keys = std::min(key_block, a_.tk - j0), ratio = a_.heads / a_.groups;
        std::fill_n(dk_, dk_size(), Real(0));
        std::fill_n(dv_, dv_size(), Real(0));
        bool ready = false;
        Dim chain = 0;
        for (Dim h = 0; h < ratio; ++h)
            for (Dim i0 = 0; i0 < a_.tq; i0 += backward_rows) {
                const TileOf t = tile_of(a_, b, group * ratio + h, i0, std::min(backward_rows, a_.tq - i0), j0);
                if (t.empty()) continue;
                if (!ready) load(b, group, j0, keys);
                ready = true;
                if (const Dim next = (h * a_.tq + i0) / terms_of_chain; next != chain)
                    end_chain(chain == 0), chain = next;
                tile(t, dtheta_ == nullptr ? nullptr : dtheta_ + t.h * a_.dk);
            }
        if (chain > 0) end_chain(false), chains_to_gradients();
        store(b, group, j0, keys);
    }

private:
    // Of pairwise scores the keys' gradient comes transposed, and is transposed back at the end.
    Dim dk_size() const { return scores_.pairwise() ? a_.dk * ld_ : most_keys_ * padded(a_.dk); }
    Dim dv_size() const { return most_keys_ * padded(a_.dv); }

    // For the sums of chains, where a key's gradient has more than one.
    double* doubles(Scratch& scratch, Dim n) const {
        if (a_.heads / a_.groups * a_.tq <= terms_of_chain) return nullptr;
        return reinterpret_cast<double*>(scratch.take(n * static_cast<Dim>(sizeof(double) / sizeof(Real))));
    }
    void end_chain(bool first) {
        const auto add = [first](double* sum, Real* chain, Dim n) {
            if (first) std::fill_n(sum, n, 0.0);
            table<AttentionFamily>().add_to_double(sum, chain, n);
            std::fill_n(chain, n, Real(0));
        };
        add(dk_sum_, dk_, dk_size());
        add(dv_sum_, dv_, dv_size());
    }
    void chains_to_gradients() {
        std::transform(dk_sum_, dk_sum_ + dk_size(), dk_, [](double x) { return static_cast<Real>(x); });
        std::transform(dv_sum_, dv_sum_ + dv_size(), dv_, [](double x) { return static_cast<Real>(x); });
    }

    void load(Dim b, Dim group, Dim j0, Dim keys) {
        keys_.load(a_, b, group, j0);
        if (a_.tq > few_queries) values_.load(a_.v.at(b, group, j0), a_.v.row, keys);
        if (!scores_.pairwise()) key_rows_.load(a_.k.at(b, group, j0), a_.k.row, keys);
    }

    void tile(const TileOf& t, double* dtheta) {
        const AttentionFamily& isa = table<AttentionFamily>();
        const Dim n = t.columns(), row0 = (t.b * a_.heads + t.h) * a_.tq + t.i0;
        Real *const s = s_, *const dp = dp_, *const derivative = derivative_;
        queries_.load(a_, t.b, t.h, t.i0, t.rows);
        dout_.load(g_.dout.at(t.b, t.h, t.i0), g_.dout.row, t.rows);
        scores_(t, queries_, keys_, s, derivative);
        by_values(t, dp);
        const GradientTile both{.s = s,
                                .dp = dp,
                                .ld = ld_,
                                .rows = t.rows,
                                .columns = n,
                                .range = t.range,
                                .scale = scores_.scale(),
                                .max = g_.sums.max + row0,
                                .sum = g_.sums.sum + row0,
                                .delta = delta_ + row0};
        if (a_.dropout > 0) {
            std::fill_n(keep_, t.rows * ld_, Real(1));
            for (Dim r = 0; r < t.rows; ++r) drop(a_, t, r, keep_ + r * ld_);
            isa.dropout_gradient(both, keep_);
        } else {
            isa.gradient(both);
        }
        const auto by_rows = dout_.finite() ? product : product_of_visible;  // s and dp are 0 for a pair that is hidden
        by_rows(n, a_.dv, t.rows, s, 1, ld_, dout_.data(), dout_.ld(), dv_ + t.begin * padded(a_.dv), padded(a_.dv),
                true, {Limit::depth_by_columns, t});
        for (Dim r = 0; r < t.rows; ++r) {
            if (dbias_ != nullptr)
                a_.mask->add_bias_gradient(t.b, t.h, a_.first_query + t.i0 + r, a_.first_key + t.j0 + t.begin,
                                           a_.first_key + t.j0 + t.end, dp + r * ld_, dbias_);
            if (derivative != nullptr) isa.multiply(dp + r * ld_, derivative + r * ld_, n);
        }
        to_operands(t, dp, dtheta);
    }

    // dp = dout V^T of the tile.
    void by_values(const TileOf& t, Real* dp) const {
        if (a_.tq > few_queries)
            return product(t.rows, t.columns(), a_.dv, dout_.data(), dout_.ld(), 1, values_.data() + t.begin, ld_, dp,
                           ld_, false, {Limit::columns_by_rows, t});
        const Real* values = a_.v.at(t.b, t.h / (a_.heads / a_.groups), t.j0 + t.begin);
        for (Dim r = 0; r < t.rows; ++r)
            for (Dim j = t.range[r].begin; j < t.range[r].end; ++j)
                dp[r * ld_ + j] =
                    table<AttentionFamily>().dot(dout_.data() + r * dout_.ld(), values + j * a_.v.row, a_.dv);
    }

    void to_operands(const TileOf& t, Real* ds, double* dtheta) {
        const Dim n = t.columns(), width = padded(a_.dk);
        Real* const dq = dq_tile_;
        if (scores_.pairwise()) {
            std::fill_n(dq, t.rows * width, Real(0));
            std::fill_n(dtheta_tile_, a_.dk, Real(0));
            a_.score->pairwise_backward(
                a_.score_self, scores_.score_tile(t, queries_, keys_, nullptr),
                {.ds = ds, .dq = dq, .ld_dq = width, .dk = dk_ + t.begin, .dtheta = dtheta ? dtheta_tile_ : nullptr});
            if (dtheta != nullptr) table<AttentionFamily>().add_to_double(dtheta, dtheta_tile_, a_.dk);
        } else {
            query_rows_.load(a_.q.at(t.b, t.h, t.i0), a_.q.row, t.rows);
            const auto by_keys = key_rows_.finite() ? product : product_of_visible,
                       by_queries = query_rows_.finite() ? product : product_of_visible;
            by_keys(t.rows, a_.dk, n, ds, ld_, 1, key_rows_.data() + t.begin * key_rows_.ld(), key_rows_.ld(), dq,
                    width, false, {Limit::depth_by_rows, t});
            by_queries(n, a_.dk, t.rows, ds, 1, ld_, query_rows_.data(), query_rows_.ld(), dk_ + t.begin * width, width,
                       true, {Limit::depth_by_columns, t});
        }
        for (Dim r = 0; r < t.rows; ++r)
            table<AttentionFamily>().add_scaled(dq_.at(t.b, t.h, t.i0 + r), dq + r * width, a_.dk, a_.scale);
    }

    void store(Dim b, Dim group, Dim j0, Dim keys) {
        const AttentionFamily& isa = table<AttentionFamily>();
        const Real* dk = dk_;
        if (scores_.pairwise()) {  // the gradient of transposed keys
            table<GemmFamily>().pack_transposed(dk, ld_, keys, a_.dk, dk_rows_, padded(a_.dk));
            dk = dk_rows_;
        }
        for (Dim j = 0; j < keys; ++j) {
            (g_.add_dk ? isa.add_scaled : isa.scaled)(g_.dk.at(b, group, j0 + j), dk + j * padded(a_.dk), a_.dk,
                                                      a_.scale);
            (g_.add_dv ? isa.add_scaled : isa.scaled)(g_.dv.at(b, group, j0 + j), dv_ + j * padded(a_.dv), a_.dv, 1);
        }
    }

    const Attention& a_;
    const AttentionGradients& g_;
    const Real* delta_;
    double *dtheta_, *dbias_;
    HeadsOf<Real> dq_ = {};
    Dim ld_, rows_, most_keys_;
    Scores scores_;
    KeyBlock keys_;
    TransposedBlock values_;
    RowBlock key_rows_;
    QueryBlock queries_;
    RowBlock query_rows_, dout_;
    Real *s_, *dp_, *derivative_, *keep_, *dq_tile_, *dk_, *dv_, *dk_rows_, *dtheta_tile_;
    double *dk_sum_, *dv_sum_;
};

// delta, and from it the gradient of the sink, whose share of each row has no value.
void deltas(const Attention& a, const AttentionGradients& g, Real* delta) {
    const AttentionFamily& isa = table<AttentionFamily>();
    parallel_blocks(
        a.batch * a.heads * a.tq, std::max<Dim>(1, 16384 / std::max<Dim>(1, a.dv)), [&](Dim begin, Dim end) {
            for (Dim row = begin; row < end; ++row) {
                const Dim b = row / a.tq / a.heads, h = row / a.tq % a.heads, i = row % a.tq;
                delta[row] = g.sums.sum[row] == 0 ? Real(0) : isa.dot(g.dout.at(b, h, i), g.out.at(b, h, i), a.dv);
            }
        });
    if (g.dsink == nullptr) return;
    for (Dim h = 0; h < a.heads; ++h) {
        double sum = 0;  // of all rows of a head
        for (Dim b = 0; b < a.batch; ++b)
            for (Dim row = (b * a.heads + h) * a.tq, end = row + a.tq; row < end; ++row)
                if (delta[row] != 0) sum -= std::exp(a.sink[h] - g.sums.max[row]) / g.sums.sum[row] * delta[row];
        g.dsink[h] = static_cast<Real>(sum);
    }
}

void zero(const HeadsOf<Real>& x, Dim batch, Dim heads, Dim rows, Dim width) {
    for (Dim b = 0; b < batch; ++b)
        for (Dim h = 0; h < heads; ++h)
            for (Dim t = 0; t < rows; ++t) std::fill_n(x.at(b, h, t), width, Real(0));
}

}  // namespace

void attention_backward(const Attention& a, const AttentionGradients& g) {
    const AttentionFamily& isa = table<AttentionFamily>();
    const Dim bias = g.dbias == nullptr ? 0 : a.mask->gradient_size();
    const Cut cut(a, g.dtheta != nullptr, bias > 0);
    zero(g.dq, a.batch, a.heads, a.tq, a.dk);
    Storage<Real> delta(static_cast<std::size_t>(a.batch * a.heads * a.tq));
    deltas(a, g, delta.data());
    Storage<double> sums(static_cast<std::size_t>(cut.sums * cut.sum_size),
                         0.0);  // of theta and the bias: many terms for few elements
    Storage<Real> dq_parts(static_cast<std::size_t>((cut.stretches - 1) * cut.dq_size),
                           Real(0));  // the first stretch writes to dq itself
    double* const all_sums = sums.data();
    Real* const parts = dq_parts.data();
    const auto part = [&](Dim stretch) {
        if (stretch == 0) return g.dq;
        return HeadsOf<Real>{parts + (stretch - 1) * cut.dq_size, a.heads * a.tq * a.dk, a.tq * a.dk, a.dk};
    };
    const auto run = [&](Dim task) {
        double* const mine = all_sums + (cut.one_by_one ? 0 : task * cut.sum_size);
        Scratch scratch(Task::elements(a));
        Task work(scratch, a, g, std::as_const(delta).data(), cut.theta_size > 0 ? mine : nullptr,
                  bias == 0 ? nullptr : mine + cut.theta_size);
        for (Dim unit = task * cut.of_task; unit < std::min(cut.units, (task + 1) * cut.of_task); ++unit) {
            const Dim head = unit / cut.stretches, stretch = unit % cut.stretches;
            for (Dim block = stretch * cut.blocks; block < (stretch + 1) * cut.blocks && block * key_block < a.tk;
                 ++block)
                work.run(head / a.groups, head % a.groups, block * key_block, part(stretch));
        }
    };
    if (cut.one_by_one)
        for (Dim task = 0; task < cut.tasks; ++task) run(task);
    else parallel_for(cut.tasks, run);

    if (cut.stretches > 1)
        parallel_blocks(a.batch * a.heads * a.tq, 64, [&](Dim begin, Dim end) {
            for (Dim row = begin; row < end; ++row)
                for (Dim stretch = 1; stretch < cut.stretches; ++stretch) {  // in order, so that threads change no bit
                    const Dim b = row / a.tq / a.heads, h = row / a.tq % a.heads, i = row % a.tq;
                    isa.add_scaled(g.dq.at(b, h, i), part(stretch).at(b, h, i), a.dk, 1);
                }
        });
    for (Dim task = 1; task < cut.sums; ++task)
        for (Dim n = 0; n < cut.sum_size; ++n) all_sums[n] += all_sums[task * cut.sum_size + n];
    for (Dim n = 0; n < cut.theta_size; ++n) g.dtheta[n] = static_cast<Real>(all_sums[n] * a.scale);
    std::copy_n(all_sums + cut.theta_size, bias, g.dbias);
}

AttentionPlan plan_backward(const Attention& a, bool theta) {
    const Dim bias = a.mask->gradient_size(), rows = a.batch * a.heads * a.tq;
    const Cut cut(a, theta, bias > 0);
    const auto together = static_cast<std::size_t>(cut.one_by_one ? 1 : std::min<Dim>(threads(), cut.tasks));
    const Dim sums = cut.sums * cut.sum_size * static_cast<Dim>(sizeof(double) / sizeof(Real));
    const std::size_t kept = bytes_of(rows) + bytes_of(sums) + bytes_of((cut.stretches - 1) * cut.dq_size);
    return {std::min(a.tq, backward_rows), std::min(a.tk, key_block), kept + together * bytes_of(Task::elements(a))};
}

}  // namespace heed::kernel
