#include <heed/core/check.hpp>

namespace heed {
namespace {
thread_local bool checking = false;
}

CheckNumbers::CheckNumbers() noexcept : before_(checking) { checking = true; }
CheckNumbers::~CheckNumbers() { checking = before_; }
bool checking_numbers() noexcept { return checking; }

}  // namespace heed
