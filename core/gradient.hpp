#pragma once
// A gradient while its contributions arrive.
#include <memory>
#include <heed/core/base/storage.hpp>
#include <heed/core/real.hpp>

namespace heed::detail {

// The sum of what a value's uses contribute; a shared parameter may have a million. They are added in chains, as in core/sum_tree.hpp, but the
// chains one after the other, since they come one at a time, together with what rounding takes from their sum.
class HEED_ABI Gradient {
public:
    explicit operator bool() const { return bool(chain_); }                   // has anything arrived?
    bool takes_more() const;                                                  // may the next contribution be added in place?
    void add(Storage<Real>&& contribution);
    Real* part(std::size_t size, std::size_t elements);                       // to add to that many of all elements, in place
    const Storage<Real>& sum();
    Storage<Real> take();                                                     // the sum; nothing is left

private:
    void count(std::size_t elements);
    void end_chain();

    struct Rest {
        Storage<Real> total, lost;  // of the chains before; while the total is in chain_, only what was lost
    };
    Storage<Real> chain_;
    std::size_t links_ = 0, elements_ = 0;
    std::unique_ptr<Rest> rest_;
};

}  // namespace heed::detail
