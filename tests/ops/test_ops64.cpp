// Every enrolled op case: in double against the rules of check_case.hpp, and float beside double.
#include <cmath>
#include <set>
#include <heed/tests/catch.hpp>
#include <heed/tests/check/check_case.hpp>
#include <heed/tests/check/run_case.hpp>

using namespace heed;

namespace {

double largest(const std::vector<double>& x) {
    double most = 0;
    for (const double value : x)
        if (std::isfinite(value)) most = std::max(most, std::abs(value));
    return most;
}

double error(const std::vector<double>& x, const std::vector<double>& exact) {
    double most = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] == exact[i] || (std::isnan(x[i]) && std::isnan(exact[i]))) continue;
        most = std::max(most, std::isfinite(x[i] - exact[i]) ? std::abs(x[i] - exact[i]) : HUGE_VAL);
    }
    return most;
}

// Are float results near the exact ones? Over all drawings together at most twice as far as the composition is, give or
// take the last bits of the largest number; without a composition, within 2e-5 of that number.
struct Errors {
    double single = 0, composed = 0, most = 0;

    void add(const std::vector<double>& x, const std::vector<double>& exact, const std::vector<double>* y) {
        const bool fits = x.size() == exact.size() && (!y || y->size() == exact.size());
        single = std::max(single, fits ? error(x, exact) : HUGE_VAL);
        if (fits && y) composed = std::max(composed, error(*y, exact));
        most = std::max(most, largest(exact));
    }
    bool near(bool has_composition) const {
        return single <= (has_composition ? 2 * composed + 4 * 0x1p-23 * most : 2e-5 * most) + 1e-37;
    }
};

bool near(const std::vector<double>& x, const std::vector<double>& exact, const std::vector<double>* y) {
    Errors errors;
    errors.add(x, exact, y);
    return errors.near(y != nullptr);
}

}  // namespace

TEST_CASE("ops: every enrolled case is right in double", "[ops]") {
    REQUIRE(OpCases::all().size() > 10);
    for (const OpCase& c : OpCases::all()) {
        INFO(c.name);
        std::string faults;
        for (const std::string& fault : check_case(c)) faults += fault + "\n";
        CHECK(faults == "");
    }
}

TEST_CASE("ops: names of cases are unique and begin with an op", "[ops]") {
    std::set<std::string> names;
    for (const OpCase& c : OpCases::all()) {
        INFO(c.name);
        CHECK(names.insert(c.name).second);
        CHECK(c.op().size() + 1 < c.name.size());
    }
}

TEST_CASE("ops: float is as near to double as its composition", "[ops]") {
    for (const OpCase& c : OpCases::all()) {
        if (c.rejects) continue;
        std::vector<Errors> errors(c.inputs.size() + 1);  // of the value, and of each gradient
        for (std::uint64_t drawing = 0; drawing < 6; ++drawing) {
            const CaseRun exact = run_enrolled<double>(c.name, false, drawing),
                          single = run_enrolled<float>(c.name, false, drawing);
            const CaseRun composed = c.same_as ? run_enrolled<float>(c.name, true, drawing) : CaseRun();
            INFO(c.name);
            CHECK(single.shape == exact.shape);
            errors[0].add(single.value, exact.value, c.same_as ? &composed.value : nullptr);
            for (std::size_t k = 0; k < c.inputs.size(); ++k)
                errors[k + 1].add(single.gradients[k], exact.gradients[k],
                                  c.same_as ? &composed.gradients[k] : nullptr);
        }
        for (std::size_t k = 0; k < errors.size(); ++k) {
            INFO(c.name << (k ? ": gradient of operand " + std::to_string(k - 1) : ": value"));
            INFO("error " << errors[k].single << ", of the composition " << errors[k].composed);
            CHECK(errors[k].near(c.same_as != nullptr));
        }
    }
}

TEST_CASE("ops: the comparison of float with double finds planted differences", "[ops]") {
    const std::vector<double> exact{1, -2, 4}, close{1, -2.00001, 4}, far{1, -2.001, 4}, composed{1, -2.00001, 4};
    CHECK(near(close, exact, nullptr));
    CHECK_FALSE(near(far, exact, nullptr));
    CHECK(near({1, -2.00002, 4}, exact, &composed));
    CHECK_FALSE(near({1, -2.00003, 4}, exact, &composed));
    CHECK_FALSE(near({1, -2, NAN}, exact, nullptr));
    CHECK_FALSE(near({1, -2}, exact, nullptr));
}
