// Adding up the contributions to a gradient.
#include <heed/core/broadcast.hpp>
#include <heed/core/gradient.hpp>
#include <heed/core/sum_tree.hpp>

namespace heed::detail {

// A chain ends when it is long and has had as many elements as the gradient: starting another passes over the whole
// gradient.
bool Gradient::takes_more() const { return chain_ && (links_ < longest_chain || elements_ < chain_.size()); }

void Gradient::count(std::size_t elements) {
    ++links_;
    elements_ += elements;
}

void Gradient::add(Storage<Real>&& contribution) {
    if (chain_ && !takes_more()) end_chain();
    if (chain_) add_to(chain_, contribution);
    else chain_ = std::move(contribution);
    count(chain_.size());
}

Real* Gradient::part(std::size_t size, std::size_t elements) {
    if (chain_ && !takes_more()) end_chain();
    if (!chain_) chain_ = Storage<Real>(size, 0);
    count(elements);
    return chain_.data();
}

void Gradient::end_chain() {
    if (!rest_) rest_ = std::make_unique<Rest>(Rest{{}, Storage<Real>(chain_.size(), 0)});
    if (rest_->total) {
        Real *total = rest_->total.data(), *lost = rest_->lost.data();
        const Real* chain = std::as_const(chain_).data();
        for (std::size_t i = 0, n = chain_.size(); i < n; ++i) lost[i] += add_keeping(total[i], chain[i]);
    } else {
        rest_->total = std::move(chain_);
    }
    chain_ = {};
    links_ = elements_ = 0;
}

const Storage<Real>& Gradient::sum() {
    if (!rest_ || !rest_->total) return chain_;
    end_chain();
    chain_ = std::move(rest_->total);
    Real *total = chain_.data(), *lost = rest_->lost.data();
    for (std::size_t i = 0, n = chain_.size(); i < n; ++i) lost[i] = add_keeping(total[i], lost[i]);
    links_ = longest_chain;  // the next contribution begins a chain
    elements_ = chain_.size();
    return chain_;
}

Storage<Real> Gradient::take() {
    sum();
    Storage<Real> all = std::move(chain_);
    *this = {};
    return all;
}

}  // namespace heed::detail
