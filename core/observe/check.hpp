#pragma once
// The check mode for NaN and Inf.

namespace heed {

namespace detail {
// Who watches the ops of this thread: where an op is recorded, one test for all of them.
enum Watch : unsigned { watch_numbers = 1, watch_time = 2, watch_makers = 4, watch_results = 8 };
extern constinit thread_local unsigned watching;
}  // namespace detail

// While it is alive, the first op of this thread that makes a NaN or an Inf, forward or backward, throws NumberError
// with the op, its layer, its shape and the index of the element.
class CheckNumbers {
public:
    CheckNumbers() noexcept : before_(detail::watching) { detail::watching |= detail::watch_numbers; }
    ~CheckNumbers() {
        detail::watching = (detail::watching & ~unsigned{detail::watch_numbers}) | (before_ & detail::watch_numbers);
    }
    CheckNumbers(const CheckNumbers&) = delete;
    CheckNumbers& operator=(const CheckNumbers&) = delete;

private:
    unsigned before_;
};

inline bool checking_numbers() noexcept { return (detail::watching & detail::watch_numbers) != 0; }

}  // namespace heed
