// The check mode for NaN and Inf: which threads have it on.
#include <heed/core/observe/check.hpp>

namespace heed {

constinit thread_local unsigned detail::watching = 0;

}  // namespace heed
