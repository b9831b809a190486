// Elementwise ops with broadcasting beside PyTorch's.
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;
const std::vector<std::string> operands{"same shape", "outer", "scalars", "scalar that learns", "infinite"};
const std::vector<std::string> compared{"ties, NaN and infinity", "broadcast"};
const std::vector<std::string> angles{"same shape", "broadcast", "scalars", "zeros", "infinite", "one infinite", "NaN", "huge and tiny"};
const std::vector<std::string> extremes{"broadcast", "ties", "NaN"};

const Table table("elementwise", {
    {"add", operands, [](G in) { return in[0] + in[1]; }},
    {"add", {"number"}, [](G in) { return in[0] + 1.5; }},
    {"add", {"from a number"}, [](G in) { return 1.5 + in[0]; }},
    {"subtract", operands, [](G in) { return in[0] - in[1]; }},
    {"subtract", {"number"}, [](G in) { return in[0] - 1.5; }},
    {"subtract", {"from a number"}, [](G in) { return 1.5 - in[0]; }},
    {"multiply", operands, [](G in) { return in[0] * in[1]; }},
    {"multiply", {"number"}, [](G in) { return in[0] * 1.5; }},
    {"multiply", {"from a number"}, [](G in) { return 1.5 * in[0]; }},
    {"divide", operands, [](G in) { return in[0] / in[1]; }},
    {"divide", {"by zero"}, [](G in) { return in[0] / in[1]; }},
    {"divide", {"number"}, [](G in) { return in[0] / 1.5; }},
    {"divide", {"from a number"}, [](G in) { return 1.5 / in[0]; }},
    {"negate", {"matrix"}, [](G in) { return -in[0]; }},

    {"pow", {"same shape", "broadcast", "zero to operands", "negative to whole operands"}, [](G in) { return pow(in[0], in[1]); }},
    {"pow", {"to -2"}, [](G in) { return pow(in[0], -2); }},
    {"pow", {"to -1", "negative to -1"}, [](G in) { return pow(in[0], -1); }},
    {"pow", {"to -0.5"}, [](G in) { return pow(in[0], -0.5); }},
    {"pow", {"to 0", "negative to 0"}, [](G in) { return pow(in[0], 0); }},
    {"pow", {"to 0.5"}, [](G in) { return pow(in[0], 0.5); }},
    {"pow", {"to 1", "negative to 1"}, [](G in) { return pow(in[0], 1); }},
    {"pow", {"to 2", "negative to 2"}, [](G in) { return pow(in[0], 2); }},
    {"pow", {"to 3", "negative to 3"}, [](G in) { return pow(in[0], 3); }},
    {"pow", {"to 2.5"}, [](G in) { return pow(in[0], 2.5); }},
    {"pow", {"zero to numbers"}, [](G in) {
        std::vector<Var> powers;
        for (const double n : {0.0, 1.0, 2.0, 3.0, 0.5, -1.0}) powers.push_back(pow(in[0], n));
        return stack(powers);
    }},
    {"pow", {"of a number"}, [](G in) { return pow(2, in[0]); }},
    {"maximum", extremes, [](G in) { return maximum(in[0], in[1]); }},
    {"minimum", extremes, [](G in) { return minimum(in[0], in[1]); }},

    {"atan2", angles, [](G in) { return atan2(in[0], in[1]); }},
    {"isnan", {"all kinds"}, [](G in) { return isnan(in[0]); }},
    {"isfinite", {"all kinds"}, [](G in) { return isfinite(in[0]); }},

    {"less", compared, [](G in) { return in[0] < in[1]; }},
    {"less_equal", compared, [](G in) { return in[0] <= in[1]; }},
    {"greater", compared, [](G in) { return in[0] > in[1]; }},
    {"greater_equal", compared, [](G in) { return in[0] >= in[1]; }},
    {"equal", compared, [](G in) { return equal(in[0], in[1]); }},
    {"not_equal", compared, [](G in) { return not_equal(in[0], in[1]); }},
    {"logical_and", {"ties, NaN and infinity"}, [](G in) { return logical_and(in[0], in[1]); }},
    {"logical_and", {"broadcast"}, [](G in) { return logical_and(in[0] > 0, in[1] > 0); }},
    {"logical_or", {"ties, NaN and infinity"}, [](G in) { return logical_or(in[0], in[1]); }},
    {"logical_or", {"broadcast"}, [](G in) { return logical_or(in[0] > 0, in[1] > 0); }},
    {"logical_not", {"all kinds"}, [](G in) { return logical_not(in[0]); }},
    {"where", {"broadcast", "scalars", "NaN where not chosen"}, [](G in) { return where(in[0], in[1], in[2]); }},
});

}  // namespace
}  // namespace heed::reference
