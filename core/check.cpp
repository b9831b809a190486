#include <heed/core/check.hpp>

namespace heed {

constinit thread_local bool CheckNumbers::on = false;

}  // namespace heed
