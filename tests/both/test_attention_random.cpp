// The streaming kernel against the definition by primitive ops, over random shapes, scores, masks, biases and options.
#include <heed/tests/attention_draw.hpp>

using namespace heed;

TEST_CASE("attention: 2500 random configurations, fused against composed (" HEED_TAG ")", "[attention][random]") {
    for (unsigned number = 0; number < 2500; number += every) {
        const Draw draw(number);
        INFO(number << ": " << draw.text);
        const Outcome fused = draw.run(Policy::require_fused), composed = draw.run(Policy::require_composed);
        CHECK(distance(fused.out, composed.out) < tolerance);
        const std::vector<double> terms = draw.terms();
        for (std::size_t n = 0; n < draw.leaves.size(); ++n) {
            INFO("gradient " << n << " " << to_string(draw.leaves[n].shape()));
            CHECK(distance(fused.gradients[n], composed.gradients[n], terms[n]) < draw.allowed(n));
        }
    }
}

TEST_CASE("attention: the comparison of both paths finds differences (" HEED_TAG ")", "[attention]") {
    const Array a = noise({2, 3}, 1);
    Array b = a;
    b(1, 2) += static_cast<Real>(20 * tolerance);
    CHECK(distance(a, a) == 0);
    CHECK(distance(b, a) > tolerance);
    b(1, 2) = std::numeric_limits<Real>::quiet_NaN();
    CHECK(distance(b, a) == HUGE_VAL);
    CHECK(distance(b, b) == 0);
    CHECK(distance(a, reshaped(a, {3, 2})) == HUGE_VAL);
    std::size_t different = 0;  // configurations whose dropout or mask cannot be seen would test little
    for (unsigned number = 0; number < 200; ++number) {
        Draw draw(number);
        const Array whole = draw.run(Policy::require_composed).out;
        draw.options.mask.parts.clear();
        draw.options.dropout = 0;
        different += distance(draw.run(Policy::require_composed).out, whole) > 0.01;
    }
    CHECK(different > 80);
}
