// The list of all enrolled op cases.
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {
std::vector<OpCase>& enrolled() {
    static std::vector<OpCase> cases;
    return cases;
}
}  // namespace

OpCases::OpCases(std::initializer_list<OpCase> cases) { enrolled().insert(enrolled().end(), cases); }
const std::vector<OpCase>& OpCases::all() { return enrolled(); }

}  // namespace heed
