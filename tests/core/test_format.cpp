// Arrays as text, by fmt and by streams.
#include <sstream>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/format.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("format: arrays as NumPy prints them", "[format]") {
    CHECK(fmt::format("{}", Shape{2, 3}) == "(2, 3)");
    CHECK(fmt::format("[{:>8}]", Shape{7}) == "[     (7)]");
    CHECK(fmt::format("{}", Var(2.5)) == "2.5");
    CHECK(fmt::format("{}", array_of({3}, {1, 2.5, 3})) == "[  1, 2.5,   3]");
    CHECK(fmt::format("{}", Array{{1, -2}, {30, 4}}) == "[[ 1, -2],\n [30,  4]]");
    CHECK(fmt::format("{}", Ints{{0, 10}, {2, 3}}) == "[[ 0, 10],\n [ 2,  3]]");
    CHECK(fmt::format("{:.2f}", Array{1, 0.125}) == "[1.00, 0.12]");
    CHECK(to_string(Ints{{{1, 2}}, {{3, 4}}}) == "[[[1, 2]],\n\n [[3, 4]]]");
    CHECK(to_string(Array::from_shape({0, 2})) == "[], shape (0, 2)");
    CHECK(to_string(Var()) == "an empty Var");
    CHECK(to_string(Array{std::numeric_limits<Real>::infinity(), std::nan("")}) == "[inf, nan]");
    CHECK_THROWS_AS(fmt::format(fmt::runtime("{:q}"), Array{1}), fmt::format_error);
}

TEST_CASE("format: of many elements the first and the last, and the shape", "[format]") {
    CHECK(to_string(arange(1001)) == "[   0,    1,    2, ...,  998,  999, 1000], shape (1001)");
    const Ints wide = reshaped(arange(2000), {2, 1000});
    CHECK(to_string(wide) ==
          "[[   0,    1,    2, ...,  997,  998,  999],\n"
          " [1000, 1001, 1002, ..., 1997, 1998, 1999]], shape (2, 1000)");
    const Ints tall = reshaped(arange(2000), {1000, 2});
    CHECK(to_string(tall) ==
          "[[   0,    1],\n [   2,    3],\n [   4,    5],\n ...,\n [1994, 1995],\n [1996, 1997],\n"
          " [1998, 1999]], shape (1000, 2)");
    CHECK(to_string(arange(1000)).find("...") == std::string::npos);
}

TEST_CASE("format: streams print the same", "[format]") {
    std::ostringstream out;
    out << Shape{2} << ' ' << Array{1, 2} << ' ' << Ints{3} << ' ' << Var(0.5);
    CHECK(out.str() == "(2) [1, 2] [3] 0.5");
}
