#include <heed/core/observe/check.hpp>

namespace heed {

constinit thread_local unsigned detail::watching = 0;

}  // namespace heed
