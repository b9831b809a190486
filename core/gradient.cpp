// Adding up the contributions to a gradient.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/broadcast.hpp>
#include <heed/core/gradient.hpp>
#include <heed/core/sum_tree.hpp>

namespace heed::detail {

// A chain ends when it is long and has had as many elements as the gradient: starting another passes over the whole
// gradient.
bool Gradient::takes_more() const { return links_ > 0 && (links_ < longest_chain || elements_ < chain_.size()); }

void Gradient::count(std::size_t elements) {
    ++links_;
    elements_ += elements;
}

void Gradient::add(Storage<Real>&& contribution, std::unique_ptr<RowSet> rows) {
    if (*this && rows && this->rows()) rows->add(*this->rows());
    else if (*this) rows.reset();
    if (rows || more_) more().rows = std::move(rows);
    if (*this && !takes_more()) end_chain();
    if (*this) add_to(chain_, contribution);
    else chain_ = std::move(contribution);
    count(chain_.size());
}

void Gradient::add(Gradient&& other) {
    if (!other) return;
    std::unique_ptr<RowSet> rows = other.take_rows();
    add(other.take(), std::move(rows));
}

// The chain to add to in place.
Real* Gradient::zeros(std::size_t size) {
    if (*this && !takes_more()) end_chain();
    if (!chain_) chain_ = Storage<Real>(size, 0);
    return chain_.data();
}

Real* Gradient::part(std::size_t size, std::size_t elements) {
    Real* const to = zeros(size);
    if (more_) more_->rows.reset();
    count(elements);
    return to;
}

Real* Gradient::part_of_rows(std::size_t size, std::size_t elements, Dim rows, std::span<const std::int64_t> ids) {
    const bool first = !*this;
    Real* const to = zeros(size);
    if (first && !more().rows) more_->rows = std::make_unique<RowSet>(rows);
    if (more_ && more_->rows)
        for (const std::int64_t id : ids) more_->rows->add(id);
    count(elements);
    return to;
}

void Gradient::end_chain() {
    if (!more().lost) more_->lost = Storage<Real>(chain_.size(), 0);
    if (more_->total) {
        Real *total = more_->total.data(), *lost = more_->lost.data();
        const Real* chain = std::as_const(chain_).data();
        for (std::size_t i = 0, n = chain_.size(); i < n; ++i) lost[i] += add_keeping(total[i], chain[i]);
    } else {
        more_->total = std::move(chain_);
    }
    chain_ = {};
    links_ = elements_ = 0;
}

const Storage<Real>& Gradient::sum() {
    if (!more_ || !more_->total) return chain_;
    end_chain();
    chain_ = std::move(more_->total);
    Real *total = chain_.data(), *lost = more_->lost.data();
    for (std::size_t i = 0, n = chain_.size(); i < n; ++i) lost[i] = add_keeping(total[i], lost[i]);
    links_ = longest_chain;  // the next contribution begins a chain
    elements_ = chain_.size();
    return chain_;
}

void Gradient::change(FunctionRef<void(Real* values, Dim begin, Dim end)> change) {
    constexpr Dim block = 65536;
    sum();
    Real* const values = chain_.data();
    const auto size = static_cast<Dim>(chain_.size());
    parallel_blocks(size, block, [&](Dim begin, Dim end) {
        if (!rows()) return change(values, begin, end);
        rows()->elements(size / rows()->rows(), begin, end, [&](Dim from, Dim to) { change(values, from, to); });
    });
}

Storage<Real> Gradient::take() {
    sum();
    Storage<Real> all = std::move(chain_);
    *this = {};
    return all;
}

std::unique_ptr<RowSet> Gradient::take_rows() { return more_ ? std::move(more_->rows) : nullptr; }

void Gradient::clear() {
    if (!*this) return;
    if (!rows() || more_->lost || chain_.shared()) {
        *this = {};
        return;
    }
    change([](Real* values, Dim begin, Dim end) { std::fill(values + begin, values + end, Real(0)); });
    more_->rows->clear();
    links_ = elements_ = 0;
}

Gradient::More& Gradient::more() {
    if (!more_) more_ = std::make_unique<More>();
    return *more_;
}

}  // namespace heed::detail
