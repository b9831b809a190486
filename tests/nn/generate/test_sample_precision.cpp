// Precision and recall of samples against NumPy: tools/make_precision_reference.
#include <limits>
#include <heed/nn/generate/sample_precision.hpp>
#include <heed/tests/reference_file.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("nn: precision and recall of samples are NumPy's", "[nn]") {
    const io::SafetensorsReader file(HEED_SOURCE_DIR "/tests/files/precision.safetensors");
    const std::vector<double> sizes = test::read_doubles(file, "sizes"), points = test::read_doubles(file, "points"),
                              expected = test::read_doubles(file, "expected");
    REQUIRE(expected.size() >= 2 * 200);
    auto at = points.begin();
    for (std::size_t i = 0; i < expected.size() / 2; ++i) {
        CAPTURE(i);
        const auto size = [&](std::size_t n) { return static_cast<Dim>(sizes[4 * i + n]); };
        const auto next = [&](Dim n) {
            const Array x = array_of({n, size(2)}, {at, at + n * size(2)});
            at += n * size(2);
            return x;
        };
        const Array real = next(size(0)), made = next(size(1));
        const nn::SamplePrecision found = nn::sample_precision(real, made, size(3));
        CHECK(found.precision == Approx(expected[2 * i]));
        CHECK(found.recall == Approx(expected[2 * i + 1]));
    }
    CHECK(at == points.end());
}

TEST_CASE("nn: what precision and recall of samples tell apart", "[nn]") {
    const Array real = normals({200, 3}, RandomStream(Key{1, 0}, 0));
    const nn::SamplePrecision same = nn::sample_precision(real, real, 3);
    CHECK((same.precision == 1 && same.recall == 1));
    Array one = filled({200, 3}, 0);  // always the same sample, which lies among what is real
    const nn::SamplePrecision collapsed = nn::sample_precision(real, one, 3);
    CHECK((collapsed.precision == 1 && collapsed.recall == 0));
    const nn::SamplePrecision elsewhere = nn::sample_precision(real, filled({200, 3}, 50), 3);
    CHECK((elsewhere.precision == 0 && elsewhere.recall == 0));
}

TEST_CASE("nn: precision and recall of samples refuse what does not fit", "[nn]") {
    const Array four = filled({4, 2}, 0);
    const auto refusal = [&](const Array& real, const Array& made, Dim k) {
        return text_of([&] { nn::sample_precision(real, made, k); });
    };
    CHECK_THAT(refusal(filled({4}, 0), four, 1),
               StartsWith("sample_precision: argument 'real' has shape (4); expected (n, width)"));
    CHECK_THAT(refusal(four, filled({4, 3}, 0), 1),
               StartsWith("sample_precision: argument 'made' has shape (4, 3); expected (m, 2) because of 'real'"));
    for (const Dim k : {0, 4})
        CHECK_THAT(refusal(filled({9, 2}, 0), four, k), StartsWith("sample_precision: k is " + std::to_string(k)));
    Array odd = four;
    odd(1, 1) = std::numeric_limits<Real>::quiet_NaN();
    CHECK_THAT(refusal(four, odd, 1), StartsWith("sample_precision: 'made' has values that are not finite"));
}
