// Mel-cepstral distortion against NumPy: tools/make_mcd_reference.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/nn/data/audio/mcd.hpp>
#include <heed/tests/reference_file.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::audio;

namespace {

Array first_rows(std::vector<double>& rows, double n, Dim width) {
    const auto values = static_cast<std::ptrdiff_t>(n) * width;
    const Array x = array_of({static_cast<Dim>(n), width}, {rows.begin(), rows.begin() + values});
    rows.erase(rows.begin(), rows.begin() + values);
    return x;
}

}  // namespace

TEST_CASE("audio: mel-cepstral distortion is NumPy's", "[audio]") {
    const io::SafetensorsReader file(HEED_SOURCE_DIR "/tests/files/mcd.safetensors");
    const std::vector<double> lengths = test::read_doubles(file, "lengths"),
                              expected = test::read_doubles(file, "distortions");
    std::vector<double> rows = test::read_doubles(file, "made up");
    REQUIRE(expected.size() >= 200);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        const Array a = first_rows(rows, lengths[2 * i], 5), b = first_rows(rows, lengths[2 * i + 1], 5);
        CHECK(mel_cepstral_distortion(a, b) == Approx(expected[i]).epsilon(1e-6));
        CHECK(mel_cepstral_distortion(a, a) == 0);
    }
    const std::vector<double> between = test::read_doubles(file, "between sounds");
    std::vector<Array> cepstra;
    for (int k = 0; k < 4; ++k) {
        const std::vector<double> sound = test::read_doubles(file, fmt::format("sound {}", k)),
                                  wanted = test::read_doubles(file, fmt::format("cepstra {}", k));
        cepstra.push_back(mel_cepstra(std::vector<float>(sound.begin(), sound.end())));
        REQUIRE(cepstra.back().storage().size() == wanted.size());
        double most = 0;
        for (std::size_t i = 0; i < wanted.size(); ++i)
            most = std::max(most, std::abs(static_cast<double>(cepstra.back().storage()[i]) - wanted[i]));
        CHECK(most < 2e-3);
    }
    for (std::size_t i = 0; i < 16; ++i)
        CHECK(mel_cepstral_distortion(cepstra[i / 4], cepstra[i % 4]) == Approx(between[i]).margin(5e-3));
}

TEST_CASE("audio: mel-cepstral distortion refuses what does not fit", "[audio]") {
    const auto refusal = [](const Shape& a, const Shape& b) {
        return text_of([&] { mel_cepstral_distortion(filled(a, 0), filled(b, 0)); });
    };
    CHECK_THAT(refusal({0, 3}, {1, 3}), StartsWith("mel_cepstral_distortion: argument 'a' has shape (0, 3); expected"));
    CHECK_THAT(refusal({2, 3}, {2, 4}),
               StartsWith("mel_cepstral_distortion: argument 'b' has shape (2, 4); expected (frames, 3)"));
    CHECK_THAT(refusal({2, 3}, {3}), StartsWith("mel_cepstral_distortion: argument 'b' has shape (3)"));
    const std::vector<float> silence(400, 0);
    for (const Dim bad : {0, 40})
        CHECK_THAT(text_of([&] { mel_cepstra(silence, {.count = bad}); }),
                   StartsWith(fmt::format("mel_cepstra: {} cepstra of 40 bands; expected 1 to 39", bad)));
}
