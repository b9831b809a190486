// Masked means absent: values behind a mask, beyond a length or in the unused part of a cache reach no result and no
// gradient.
#include <heed/tests/attention_draw.hpp>

using namespace heed;

TEST_CASE("attention: 2500 random configurations with NaN, Inf and huge values that no query attends to (" HEED_TAG ")",
          "[attention][random]") {
    constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN(),
                     huge = -2000, most = 1e30;
    std::size_t hidden = 0;
    for (unsigned number = 0; number < 2500; number += every) {
        const Draw draw(number);
        const double value = std::array{nan, inf, -inf, huge, most}[number % 5];
        const std::vector<Var> leaves = draw.with_hidden(value);
        hidden += distance(leaves[1].value(), draw.leaves[1].value()) > 0;
        for (const Policy path : both_paths) {
            INFO(number << ": " << draw.text << ", " << name_of(path) << ", hidden " << value);
            const Outcome plain = draw.run(path), planted = draw.run(path, leaves);
            CHECK(distance(planted.out, plain.out) < tolerance);
            for (std::size_t n = 0; n < leaves.size(); ++n) {
                INFO("gradient " << n << " " << to_string(leaves[n].shape()));
                CHECK(distance(planted.gradients[n], plain.gradients[n]) < tolerance);
            }
        }
    }
    CHECK(hidden > 2500 / every / 3);
}
