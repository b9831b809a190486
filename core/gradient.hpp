#pragma once
// A gradient while its contributions arrive.
#include <memory>
#include <span>
#include <heed/core/base/function_ref.hpp>
#include <heed/core/base/row_set.hpp>
#include <heed/core/base/storage.hpp>
#include <heed/core/real.hpp>

namespace heed::detail {

// The sum of the contributions of a value's uses; a shared parameter may have a million. They are added in chains, as
// in core/sum_tree.hpp. Contributions come one at a time, so the chains are added one after the other, and what
// rounding takes from their sum is kept, too.
// A table of which all contributions are to some rows knows which these are: the others are +0. It is dense all the
// same, so that readers need not ask; and once something else is added, any row may differ from zero.
class HEED_ABI Gradient {
public:
    explicit operator bool() const { return links_ > 0; }  // has anything arrived?
    bool takes_more() const;                               // can the next one be added in place?
    void add(Storage<Real>&& contribution, std::unique_ptr<RowSet> rows = nullptr);  // null: any row
    void add(Gradient&& other);                                                      // its sum
    Real* part(std::size_t size, std::size_t elements);  // to add in place to `elements` of `size`
    // The same, where they lie in some rows of the first axis, which has `rows`.
    Real* part_of_rows(std::size_t size, std::size_t elements, Dim rows, std::span<const std::int64_t> ids);
    const Storage<Real>& sum();
    const RowSet* rows() const { return more_ ? more_->rows.get() : nullptr; }  // null: any may differ from zero
    // Calls change(values, begin, end) for elements of the sum, all that may differ from zero; threads share them.
    void change(FunctionRef<void(Real* values, Dim begin, Dim end)> change);
    Storage<Real> take();                 // the sum; nothing is left
    std::unique_ptr<RowSet> take_rows();  // before take(); then any row may differ
    void clear();  // nothing has arrived; keeps the memory of rows, zeros again, for those that come

private:
    Real* zeros(std::size_t size);
    void count(std::size_t elements);
    void end_chain();

    struct More {                      // what few gradients have
        Storage<Real> total, lost;     // of the earlier chains; while the total is in chain_, only what was lost
        std::unique_ptr<RowSet> rows;  // null: any row
    };
    More& more();
    Storage<Real> chain_;  // zeros where nothing has arrived and there are rows
    std::size_t links_ = 0, elements_ = 0;
    std::unique_ptr<More> more_;
};

}  // namespace heed::detail
