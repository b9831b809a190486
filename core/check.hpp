#pragma once
// The check mode for NaN and Inf.

namespace heed {

// While it is alive, the first op of this thread that makes a NaN or an Inf, forward or backward, throws NumberError with
// the op, its layer, its shape and the index of the number.
class CheckNumbers {
public:
    CheckNumbers() noexcept;
    ~CheckNumbers();
    CheckNumbers(const CheckNumbers&) = delete;
    CheckNumbers& operator=(const CheckNumbers&) = delete;

private:
    bool before_;
};

bool checking_numbers() noexcept;

}  // namespace heed
