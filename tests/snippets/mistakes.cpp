// The mistakes of docs/extend/adding_an_op.md: each must give the text that the page shows. Built with double numbers.
#include <cstdio>
#include <fmt/format.h>
#include <heed/core/xt.hpp>
#include <heed/tests/check/check_case.hpp>

using namespace heed;

namespace {

// y = x w, where w has x's shape or that of its rows; right but for one mistake.
enum Mistake { none, wrong_factor, forgotten_operand, unlisted_operand, wrong_shape };
template <Mistake mistake>
Var scale(In x, In w) {
    Array y = x.value() * w.value();
    const auto back = [x, w, dx = x.slot(), dw = w.slot()](const Array& dy) {
        if (dx) dx.add_grad((mistake == wrong_factor ? 2 : 1) * dy * w.value());
        if (dw && mistake == wrong_shape) dw.add_grad(filled({7}, 1));
        else if (dw && mistake != forgotten_operand) dw.add_grad(dy * x.value());
    };
    if constexpr (mistake == unlisted_operand) return record("scale", {x}, std::move(y), back);
    else return record("scale", {x, w}, std::move(y), back);
}
template <Mistake mistake>
Var call(Vars in) {
    return scale<mistake>(in[0], in[1]);
}

Var refused(Vars in) {
    require(in[0].size() > 3, "scale", "too few numbers", Site{});
    return in[0];
}

struct Wrong {
    OpCase bad;
    const char* text;  // how the first fault begins
};
const Wrong mistakes[] = {
    {{.name = "scale/wrong factor", .inputs = {{2, 3}, {3}}, .call = call<wrong_factor>},
     "gradient of operand 0: 0.5345"},
    {{.name = "scale/forgotten", .inputs = {{2, 3}, {3}}, .call = call<forgotten_operand>},
     "gradient of operand 1: 0 by the op, -0.2575"},
    {{.name = "scale/unlisted", .inputs = {{2, 3}, {3}}, .call = call<unlisted_operand>},
     "gradient of operand 1 differs when it is the only leaf"},
    {{.name = "scale/wrong shape", .inputs = {{2, 3}, {3}}, .call = call<wrong_shape>},
     "threw: sum_to: argument 'x' has shape (7); expected a shape that (3) broadcasts to"},
    {{.name = "scale/unchecked", .inputs = {{2, 3}, {2}}, .call = call<none>, .rejects = true},
     "threw: Incompatible dimension of arrays"},
    {{.name = "scale/accepted", .inputs = {{2, 3}, {1}}, .call = call<none>, .rejects = true}, "not refused"},
    {{.name = "scale/no place", .inputs = {{2}}, .call = refused, .rejects = true},
     "the error does not name the file of the call: scale: too few numbers"},
    {{.name = "product/other name", .inputs = {{2}}, .call = refused, .rejects = true},
     "the error does not begin with 'product:' but is: scale: too few numbers"},
    {{.name = "log/negative", .inputs = {{5}}, .call = [](Vars in) { return log(in[0]); }},
     "gradient of operand 0: -4.812"},
    {{.name = "floor/zero", .inputs = {{5}}, .call = [](Vars in) { return floor(in[0]); }},
     "gradient of operand 0 is zero by the op and by differences; is the case flat?"},
    {{.name = "scale/another function",
      .inputs = {{5}, {5}},
      .call = call<none>,
      .same_as = [](Vars in) { return in[0] + in[1]; }},
     "value differs from same_as"},
};

// A value that an op saved is overwritten before the sweep.
std::string overwritten() {
    const Var x = Var::leaf(filled({2, 3}, 1)), w = Var::leaf(filled({3}, 2));
    Tape tape;
    const Var loss = sum(scale<none>(x, w));
    w.mutable_value("Adam::step") *= 2;
    try {
        tape.backward(loss);
    } catch (const TapeError& e) {
        return e.what();
    }
    return "no error";
}

int show(const std::string& name, const std::string& text, const std::string& wanted) {
    std::printf("%s: %s\n", name.c_str(), text.c_str());
    if (text.starts_with(wanted)) return 0;
    std::printf("FAIL: the page says: %s\n", wanted.c_str());
    return 1;
}

}  // namespace

int main() {
    const OpCase right{.name = "scale/right", .inputs = {{2, 3}, {3}}, .call = call<none>};
    int failures = show(right.name, fmt::format("{} faults", check_case(right).size()), "0 faults");
    for (const Wrong& m : mistakes) {
        const std::vector<std::string> faults = check_case(m.bad);
        failures += show(m.bad.name, faults.empty() ? "no fault" : faults[0], m.text);
    }
    failures += show("overwritten", overwritten(),
                     "scale: a value of shape (3) that it saved was changed by Adam::step after it was recorded");
    return failures ? 1 : 0;
}
