#pragma once
// For files that define ops: the recorder, checks and self-enrolling test cases. A program that adds an op needs one
// file.
#include <heed/core/tape.hpp>
#include <heed/ops/define/axes.hpp>
#include <heed/ops/define/case_inputs.hpp>
#include <heed/ops/ops.hpp>

namespace heed {

using Vars = const std::vector<Var>&;

// One sampled call of an op. Every case gets: a gradient check in double, the same value with and without a tape,
// `same_as` in value and gradient, operands used twice, inputs unchanged, and float beside double; see
// tests/check/check_case.hpp.
struct HEED_ABI OpCase {
    std::string name;           // "op/what is special here"
    std::vector<Shape> inputs;  // drawn from `draw`
    Var (*call)(Vars in);
    Var (*same_as)(Vars in) = nullptr;  // a plain composition that a fused op must agree with
    bool rejects = false;               // the call must throw an error that begins with the op's name
    bool flat = false;                  // the gradient is zero by design
    draw::Domain draw = draw::normal;
    std::string op() const { return name.substr(0, name.find('/')); }
};

// Defining one of these at namespace scope enrols its cases.
struct HEED_ABI OpCases {
    OpCases(std::initializer_list<OpCase> cases);
    static const std::vector<OpCase>& all();
};

}  // namespace heed

// Enrols the cases of this file in test builds; nothing elsewhere.
#define HEED_JOIN_(a, b) a##b
#define HEED_JOIN(a, b) HEED_JOIN_(a, b)
#ifdef HEED_TESTING
#define HEED_OP_CASES(...)                                             \
    namespace {                                                        \
    const ::heed::OpCases HEED_JOIN(op_cases_, __LINE__){__VA_ARGS__}; \
    }
#else
#define HEED_OP_CASES(...)
#endif
