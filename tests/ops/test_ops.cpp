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
    std::vector<heed::Outcome> alone;  // of the cases that are not refused, in order
    const int before = threads();
    set_threads(1);
    for (const OpCase& c : OpCases::all()) {
        INFO(c.name);
        if (c.rejects) CHECK_THROWS_AS(run_case(c.call, case_inputs(c)), Error);
        else alone.push_back(run_case(c.call, case_inputs(c)));
    }
    set_threads(3);
    std::size_t next = 0;
    for (const OpCase& c : OpCases::all()) {
        if (c.rejects) continue;
        INFO(c.name);
        const heed::Outcome &one = alone[next++], three = run_case(c.call, case_inputs(c));
        CHECK(one.intact);
        CHECK(same_bits(one.value, three.value));
        for (std::size_t i = 0; i < one.gradients.size(); ++i) CHECK(same_bits(one.gradients[i], three.gradients[i]));
    }
    set_threads(before);
}
