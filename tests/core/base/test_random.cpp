// Random streams: a function of seed, step, scope and ordinal, and of nothing else.
#include <set>
#include <heed/core/tape.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;

namespace {

std::uint64_t draw() { return next_random_stream().bits(0); }

}  // namespace

TEST_CASE("random: the numbers are uniform and normal", "[random]") {
    const RandomStream stream(Key{1, 2}, 3);
    double sum = 0, squares = 0, normal = 0, normal_squares = 0;
    const int n = 200000;
    bool sound = true;
    for (int i = 0; i < n; ++i) {
        const double u = stream.uniform(static_cast<std::uint64_t>(i)),
                     z = stream.normal(static_cast<std::uint64_t>(i));
        sound = sound && u >= 0 && u < 1 && std::isfinite(z);
        sum += u;
        squares += u * u;
        normal += z;
        normal_squares += z * z;
    }
    CHECK(sound);
    CHECK(sum / n == Approx(0.5).margin(0.003));  // four standard errors
    CHECK(squares / n == Approx(1.0 / 3).margin(0.003));
    CHECK(normal / n == Approx(0).margin(0.01));
    CHECK(normal_squares / n == Approx(1).margin(0.015));
}

TEST_CASE("random: streams of other seeds, steps and names differ", "[random]") {
    std::set<std::uint64_t> first;
    for (std::uint64_t seed = 0; seed < 20; ++seed)
        for (std::uint64_t step = 0; step < 20; ++step)
            for (std::uint64_t stream = 0; stream < 20; ++stream)
                first.insert(RandomStream(Key{seed, step}, stream).bits(0));
    CHECK(first.size() == 20 * 20 * 20);
    CHECK(hash_text("encoder.first") != hash_text("encoder.second"));
}

TEST_CASE("random: a tape's streams depend on key, scope and ordinal, and repeat", "[random]") {
    const auto three = [](Key key, std::string_view path) {
        const Tape tape(key);
        const Scope scope(path);
        return std::vector<std::uint64_t>{draw(), draw(), draw()};
    };
    const auto first = three({1, 2}, "a");
    CHECK(first == three({1, 2}, "a"));
    CHECK(first[0] != first[1]);
    CHECK(first[1] != first[2]);
    for (const auto& other : {three({2, 2}, "a"), three({1, 3}, "a"), three({1, 2}, "b"), three({1, 2}, "")})
        for (std::size_t i = 0; i < 3; ++i) CHECK(other[i] != first[i]);

    // Ordinals count within a scope: what another layer draws changes nothing here.
    const Tape tape(Key{1, 2});
    const Scope outer("b");
    draw();
    {
        const Scope scope("a");
        CHECK(draw() == first[0]);
        CHECK(draw() == first[1]);
    }
    draw();
    const Scope again("a");
    CHECK(draw() == first[2]);
}

TEST_CASE("random: each new tape is the next step, and dropout follows its switches", "[random]") {
    CHECK_FALSE(dropout_is_on());
    Key before;
    {
        const Tape tape;
        before = tape.key();
        CHECK(dropout_is_on());
        const Pause pause;
        CHECK(dropout_is_on());
    }
    {
        const Tape tape;
        CHECK(tape.key().seed == before.seed);
        CHECK(tape.key().step == before.step + 1);
    }
    {
        const Tape tape(evaluate);
        CHECK_FALSE(dropout_is_on());
    }
    std::uint64_t first = 0;
    {
        const Sampling on(7);
        CHECK(dropout_is_on());
        first = draw();
        CHECK(draw() != first);
    }
    CHECK_FALSE(dropout_is_on());
    const Sampling on(7);
    CHECK(draw() == first);
    const Sampling other(8);
    CHECK(draw() != first);
}
