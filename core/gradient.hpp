#pragma once
// A gradient while its contributions arrive.
#include <memory>
#include <heed/core/base/storage.hpp>
#include <heed/core/real.hpp>

namespace heed::detail {

// The sum of the contributions of a value's uses; a shared parameter may have a million. They are added in chains, as
// in core/sum_tree.hpp. Contributions come one at a time, so the chains are added one after the other, and what
// rounding takes from their sum is kept, too.
class HEED_ABI Gradient {
public:
    explicit operator bool() const { return bool(chain_); }  // has anything arrived?
    bool takes_more() const;                                 // can the next one be added in place?
    void add(Storage<Real>&& contribution);
    Real* part(std::size_t size, std::size_t elements);  // to add in place to `elements` of `size`
    const Storage<Real>& sum();
    Storage<Real> take();  // the sum; nothing is left

private:
    void count(std::size_t elements);
    void end_chain();

    struct Rest {
        Storage<Real> total, lost;  // of the earlier chains; while the total is in chain_, only what was lost
    };
    Storage<Real> chain_;
    std::size_t links_ = 0, elements_ = 0;
    std::unique_ptr<Rest> rest_;
};

}  // namespace heed::detail
