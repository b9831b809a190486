// box_iou and generalized_box_iou: how much two boxes share; box_corners and box_centres: the two ways to write a box.
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

void expect_boxes(const char* op, const char* name, const In& x, Site check = Site::current()) {
    expect(x.rank() >= 1 && x.dim(-1) == 4, op, name, x.shape(), "(..., 4), four numbers for each box", x.at, check);
}

Var first_two(In x) { return slice(x, -1, 0, 2); }
Var last_two(In x) { return slice(x, -1, 2, 4); }

// Of the box between two corners (..., 2) -> (...); none where the second is not behind the first.
Var area(const Var& low, const Var& high) {
    const Var size = relu(high - low);
    return pick(size, -1, 0) * pick(size, -1, 1);
}

// Both areas are 0 where there is none to divide by.
Var ratio(const Var& part, const Var& whole) { return part / where(whole > 0, whole, 1); }

struct Pairs {
    Var low_a, high_a, low_b, high_b, shared, covered;
    Pairs(const char* op, const In& a, const In& b) {
        expect_boxes(op, "a", a);
        expect_boxes(op, "b", b);
        broadcast_shapes(op, a.shape(), b.shape(), b.at);
        low_a = first_two(a), high_a = last_two(a), low_b = first_two(b), high_b = last_two(b);
        shared = area(maximum(low_a, low_b), minimum(high_a, high_b));
        covered = area(low_a, high_a) + area(low_b, high_b) - shared;
    }
    Var iou() const { return ratio(shared, covered); }
};

}  // namespace

// The area that two boxes share over the area that they cover, 0 to 1; 0 for boxes without area, also those whose
// second corner is not behind the first. No gradient reaches boxes that do not touch: see generalized_box_iou.
Var box_iou(In a, In b) { return Pairs("box_iou", a, b).iou(); }

// The same minus the share of the smallest box around both that neither covers, -1 to 1 (Rezatofighi et al.,
// "Generalized Intersection over Union", 2019). It has a gradient also for boxes apart from each other.
Var generalized_box_iou(In a, In b) {
    const Pairs p("generalized_box_iou", a, b);
    const Var hull = area(minimum(p.low_a, p.low_b), maximum(p.high_a, p.high_b));
    return p.iou() - ratio(hull - p.covered, hull);
}

// (x, y, width, height) of a box around its centre -> its corners (left, top, right, bottom)
Var box_corners(In centres) {
    expect_boxes("box_corners", "centres", centres);
    const Var centre = first_two(centres), half = last_two(centres) / 2;
    return concat({centre - half, centre + half});
}

Var box_centres(In corners) {
    expect_boxes("box_centres", "corners", corners);
    const Var low = first_two(corners), high = last_two(corners);
    return concat({(low + high) / 2, high - low});
}

#ifdef HEED_TESTING
namespace {

// Boxes that share an area with each other, of numbers between 0 and 1.
Var boxes(const Var& x) {
    Array to_corners = filled({4}, 0);
    to_corners.data()[2] = to_corners.data()[3] = Real(1.1);
    return x + Var(to_corners);
}

// By lengths alone: of two intervals and of the one around both, (l + h + |h - l|) / 2 being the larger of two numbers.
struct Lengths {
    Var a, b, hull, shared;
    Lengths(const Var& x, const Var& y, Dim axis) {
        const Var low_x = pick(x, -1, axis), low_y = pick(y, -1, axis);
        const Var high_x = pick(x, -1, axis + 2), high_y = pick(y, -1, axis + 2);
        a = high_x - low_x, b = high_y - low_y;
        hull = (high_x + high_y + abs(high_x - high_y)) / 2 - (low_x + low_y - abs(low_x - low_y)) / 2;
        shared = (a + b - hull + abs(a + b - hull)) / 2;
    }
};
Var by_lengths(const Var& x, const Var& y, bool generalized) {
    const Lengths u(x, y, 0), v(x, y, 1);
    const Var shared = u.shared * v.shared, hull = u.hull * v.hull, covered = u.a * v.a + u.b * v.b - shared;
    return generalized ? shared / covered + covered / hull - 1 : shared / covered;
}

Var times(const Var& x, std::initializer_list<Real> matrix) {  // of 4 x 4
    Array m = Array::from_shape({4, 4});
    std::copy(matrix.begin(), matrix.end(), m.data());
    return linear(x, Var(m));
}

}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "box_iou/pairs", .inputs = {{5, 4}, {5, 4}}, .call = [](Vars in) { return box_iou(boxes(in[0]), boxes(in[1])); },
     .same_as = [](Vars in) { return by_lengths(boxes(in[0]), boxes(in[1]), false); }, .draw = draw::probability},
    {.name = "box_iou/each with each", .inputs = {{2, 3, 4}, {2, 5, 4}},
     .call = [](Vars in) { return box_iou(unsqueeze(boxes(in[0]), 2), unsqueeze(boxes(in[1]), 1)); },
     .same_as = [](Vars in) { return by_lengths(unsqueeze(boxes(in[0]), 2), unsqueeze(boxes(in[1]), 1), false); }, .draw = draw::probability},
    {.name = "box_iou/one pair", .inputs = {{4}, {4}}, .call = [](Vars in) { return box_iou(boxes(in[0]), boxes(in[1])); },
     .same_as = [](Vars in) { return by_lengths(boxes(in[0]), boxes(in[1]), false); }, .draw = draw::probability},
    {.name = "box_iou/apart", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return box_iou(boxes(in[0]), boxes(in[1]) + 5); },
     .same_as = [](Vars in) { return sum(boxes(in[0]), -1) * 0; }, .flat = true, .draw = draw::probability},
    {.name = "box_iou/without area", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return box_iou(boxes(in[0]) * 0, boxes(in[1]) * 0); },
     .same_as = [](Vars in) { return sum(boxes(in[0]) * boxes(in[1]), -1) * 0; }, .flat = true, .draw = draw::probability},
    {.name = "box_iou/corners the wrong way", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return box_iou(-boxes(in[0]), boxes(in[1])); },
     .same_as = [](Vars in) { return sum(boxes(in[0]) * boxes(in[1]), -1) * 0; }, .flat = true, .draw = draw::probability},
    {.name = "box_iou/no boxes", .inputs = {{0, 4}, {0, 4}}, .call = [](Vars in) { return box_iou(in[0], in[1]); }, .flat = true},
    {.name = "box_iou/five numbers", .inputs = {{2, 5}, {2, 4}}, .call = [](Vars in) { return box_iou(in[0], in[1]); }, .rejects = true},
    {.name = "box_iou/a number", .inputs = {{4}, {}}, .call = [](Vars in) { return box_iou(in[0], in[1]); }, .rejects = true},
    {.name = "box_iou/other boxes", .inputs = {{2, 4}, {3, 4}}, .call = [](Vars in) { return box_iou(in[0], in[1]); }, .rejects = true},
    {.name = "generalized_box_iou/pairs", .inputs = {{5, 4}, {5, 4}}, .call = [](Vars in) { return generalized_box_iou(boxes(in[0]), boxes(in[1])); },
     .same_as = [](Vars in) { return by_lengths(boxes(in[0]), boxes(in[1]), true); }, .draw = draw::probability},
    {.name = "generalized_box_iou/each with each", .inputs = {{3, 4}, {5, 4}},
     .call = [](Vars in) { return generalized_box_iou(unsqueeze(boxes(in[0]), 1), boxes(in[1])); },
     .same_as = [](Vars in) { return by_lengths(unsqueeze(boxes(in[0]), 1), boxes(in[1]), true); }, .draw = draw::probability},
    {.name = "generalized_box_iou/apart", .inputs = {{3, 4}, {3, 4}},
     .call = [](Vars in) { return generalized_box_iou(boxes(in[0]), boxes(in[1]) + 5); },
     .same_as = [](Vars in) { return by_lengths(boxes(in[0]), boxes(in[1]) + 5, true); }, .draw = draw::probability},
    {.name = "generalized_box_iou/without area", .inputs = {{3, 4}, {3, 4}},
     .call = [](Vars in) { return generalized_box_iou(boxes(in[0]) * 0, boxes(in[1]) * 0); },
     .same_as = [](Vars in) { return sum(boxes(in[0]) * boxes(in[1]), -1) * 0; }, .flat = true, .draw = draw::probability},
    {.name = "generalized_box_iou/one without area", .inputs = {{3, 4}},
     .call = [](Vars in) { return generalized_box_iou(zeros({3, 4}), boxes(in[0])); },
     .same_as = [](Vars in) { return by_lengths(zeros({3, 4}), boxes(in[0]), true); }, .draw = draw::probability},
    {.name = "generalized_box_iou/no axis", .inputs = {{}, {2, 4}},
     .call = [](Vars in) { return generalized_box_iou(in[0], in[1]); }, .rejects = true},
    {.name = "generalized_box_iou/other boxes", .inputs = {{2, 4}, {3, 4}},
     .call = [](Vars in) { return generalized_box_iou(in[0], in[1]); }, .rejects = true},
    {.name = "box_corners/boxes", .inputs = {{3, 4}}, .call = [](Vars in) { return box_corners(in[0]); },
     .same_as = [](Vars in) { return times(in[0], {1, 0, 1, 0, 0, 1, 0, 1, -.5, 0, .5, 0, 0, -.5, 0, .5}); }},
    {.name = "box_corners/no boxes", .inputs = {{2, 0, 4}}, .call = [](Vars in) { return box_corners(in[0]); }, .flat = true},
    {.name = "box_corners/three numbers", .inputs = {{4, 3}}, .call = [](Vars in) { return box_corners(in[0]); }, .rejects = true},
    {.name = "box_centres/boxes", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return box_centres(in[0]); },
     .same_as = [](Vars in) { return times(in[0], {.5, 0, -1, 0, 0, .5, 0, -1, .5, 0, 1, 0, 0, .5, 0, 1}); }},
    {.name = "box_centres/there and back", .inputs = {{4}}, .call = [](Vars in) { return box_centres(box_corners(in[0])); },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "box_centres/a number", .inputs = {{}}, .call = [](Vars in) { return box_centres(in[0]); }, .rejects = true})
// clang-format on

}  // namespace heed
