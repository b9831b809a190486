// Every enrolled op case in float: with a gradient, and the same bits on several threads. Sanitizers, which run float
// alone, see each op here.
#include <cstring>
#include <heed/tests/catch.hpp>
#include <heed/tests/check/run_case.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

bool same_bits(const Array& x, const Array& y) {
    return x.shape() == y.shape() &&
           std::memcmp(x.storage().data(), y.storage().data(), static_cast<std::size_t>(count(x)) * sizeof(Real)) == 0;
}

}  // namespace

TEST_CASE("ops: every enrolled case in float gives the same bits on one thread and on three", "[ops]") {
    REQUIRE(OpCases::all().size() > 10);
    const int before = threads();
    for (const OpCase& c : OpCases::all()) {
        INFO(c.name);
        const std::vector<Array> inputs = case_inputs(c);
        if (c.rejects) {
            CHECK_THROWS_AS(run_case(c.call, inputs), Error);
            continue;
        }
        set_threads(1);
        const heed::Outcome one = run_case(c.call, inputs);
        set_threads(3);
        const heed::Outcome three = run_case(c.call, inputs);
        CHECK(one.intact);
        CHECK(same_bits(one.value, three.value));
        for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(same_bits(one.gradients[i], three.gradients[i]));
    }
    set_threads(before);
}
