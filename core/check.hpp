#pragma once
// The check mode for NaN and Inf.
#include <utility>

namespace heed {

// While it is alive, the first op of this thread that makes a NaN or an Inf, forward or backward, throws NumberError with
// the op, its layer, its shape and the index of the number.
class CheckNumbers {
public:
    CheckNumbers() noexcept : before_(std::exchange(on, true)) {}
    ~CheckNumbers() { on = before_; }
    CheckNumbers(const CheckNumbers&) = delete;
    CheckNumbers& operator=(const CheckNumbers&) = delete;

private:
    friend bool checking_numbers() noexcept;
    static constinit thread_local bool on;
    bool before_;
};

inline bool checking_numbers() noexcept { return CheckNumbers::on; }

}  // namespace heed
