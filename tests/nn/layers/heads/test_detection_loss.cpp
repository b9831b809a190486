// The loss of a detection transformer: beside plain arithmetic over every assignment, and what is refused.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <heed/nn/layers/heads/detection_loss.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using nn::DetectionLossOptions, nn::Objects, nn::Predictions;

namespace {

using Numbers = std::vector<double>;

constexpr Dim classes = 3;

// Boxes in the middle of an image, of some width.
Array some_boxes(const Shape& shape, RandomStream random) {
    Array x = Array::from_shape(shape);
    for (std::uint64_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<Real>(0.2 + 0.3 * random.uniform(i));
    return x;
}

Objects some_objects(Dim m, RandomStream random) {
    Objects objects{some_boxes({m, 4}, random), Ints::from_shape({m})};
    for (Dim i = 0; i < m; ++i) objects.labels(i) = random.bits(static_cast<std::uint64_t>(100 + i)) % classes;
    return objects;
}

double shared(double a, double size_a, double b, double size_b) {
    return std::max(0.0, std::min(a + size_a / 2, b + size_b / 2) - std::max(a - size_a / 2, b - size_b / 2));
}
double around(double a, double size_a, double b, double size_b) {
    return std::max(a + size_a / 2, b + size_b / 2) - std::min(a - size_a / 2, b - size_b / 2);
}

// Of a predicted box p and an object's box o, as x, y, width, height.
struct Overlap {
    double distance = 0, iou, generalized;
    Overlap(const double* p, const double* o) {
        for (int i = 0; i < 4; ++i) distance += std::abs(p[i] - o[i]);
        const double both = shared(p[0], p[2], o[0], o[2]) * shared(p[1], p[3], o[1], o[3]);
        const double either = p[2] * p[3] + o[2] * o[3] - both;
        const double hull = around(p[0], p[2], o[0], o[2]) * around(p[1], p[3], o[1], o[3]);
        iou = both / either, generalized = iou - (hull - either) / hull;
    }
};

double chance(double logit) { return 1 / (1 + std::exp(-logit)); }

// The loss of one image with one prediction for each object: that of the order of predictions which costs least.
double plain_loss(const Numbers& logits, const Numbers& boxes, const Objects& objects) {
    const auto n = boxes.size() / 4, m = objects.labels.size();
    const Numbers wanted = elements(objects.boxes);
    std::vector<std::size_t> order(n), best;
    std::iota(order.begin(), order.end(), std::size_t{0});
    double least = 1e300;
    do {
        double cost = 0;
        for (std::size_t k = 0; k < m; ++k) {
            const Overlap pair(&boxes[4 * order[k]], &wanted[4 * k]);
            const auto label = static_cast<std::size_t>(objects.labels.data()[k]);
            cost += 5 * pair.distance - 2 * pair.generalized - 2 * chance(logits[order[k] * classes + label]);
        }
        if (cost < least) least = cost, best = order;
    } while (std::ranges::next_permutation(order).found);
    Numbers target(logits.size(), -1);
    double sum = 0;
    for (std::size_t k = 0; k < m; ++k) {
        const Overlap pair(&boxes[4 * best[k]], &wanted[4 * k]);
        target[best[k] * classes + static_cast<std::size_t>(objects.labels.data()[k])] = pair.iou;
        sum += 5 * pair.distance + 2 * (1 - pair.generalized);
    }
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double p = chance(logits[i]), q = std::max(target[i], 0.0);
        sum -= (target[i] < 0 ? p * p : 1) * (q * std::log(p) + (1 - q) * std::log(1 - p));
    }
    return sum / static_cast<double>(m);
}

}  // namespace

TEST_CASE("detection loss: the sum of plain arithmetic", "[layers]") {
    for (std::uint64_t trial = 0; trial < 40; ++trial) {
        const RandomStream random(Key{8, trial}, 0), other(Key{8, trial}, 1);
        const Dim n = 5, m = 1 + random.bits(999) % 5;
        const Array logits = normals({1, n, classes}, random), boxes = some_boxes({1, n, 4}, random);
        const Objects objects = some_objects(m, other);
        INFO(trial);
        CHECK(nn::detection_loss({logits, boxes}, {objects}).item() ==
              Approx(plain_loss(elements(logits), elements(boxes), objects)).epsilon(1e-4));
    }
}

TEST_CASE("detection loss: each object is matched, several times if asked for", "[layers]") {
    const RandomStream random(Key{9, 0}, 0);
    const Objects objects = some_objects(3, random);
    Array boxes = some_boxes({7, 4}, RandomStream(Key{9, 1}, 0));
    for (Dim k = 0; k < 3; ++k)
        for (Dim i = 0; i < 4; ++i) boxes(6 - k, i) = objects.boxes(k, i);
    const Predictions predicted{filled({7, classes}, 0), boxes};
    CHECK(nn::match_objects(predicted, objects) == std::vector<Dim>{6, 5, 4});
    std::vector<Dim> twice = nn::match_objects(predicted, objects, {.times = 2});
    REQUIRE(twice.size() == 6);
    for (std::size_t k = 0; k < 3; ++k)
        CHECK((twice[k] == 6 - static_cast<Dim>(k) || twice[k + 3] == 6 - static_cast<Dim>(k)));
    const std::vector<Dim> thrice = nn::match_objects(predicted, objects, {.times = 3});
    CHECK(std::ranges::count(thrice, -1) == 2);  // 9 are wanted, there are 7
    CHECK(nn::match_objects(predicted, some_objects(0, random)).empty());
}

TEST_CASE("detection loss: gradients reach what is matched, and all scores", "[layers]") {
    const RandomStream random(Key{10, 0}, 0), other(Key{10, 1}, 0);
    const Var logits = Var::leaf(normals({2, 4, classes}, random)), boxes = Var::leaf(some_boxes({2, 4, 4}, random));
    Tape tape;
    tape.backward(nn::detection_loss({logits, boxes}, {some_objects(1, other), some_objects(0, other)}));
    const Numbers of_boxes = elements(boxes.grad()), of_logits = elements(logits.grad());
    CHECK(std::ranges::count(of_boxes, 0) == 28);  // one box of eight has one
    CHECK(std::ranges::count(of_logits, 0) == 0);
    Tape another;
    CHECK(nn::detection_loss({logits, boxes}, {some_objects(0, other), some_objects(0, other)}).item() > 0);
}

TEST_CASE("detection loss: what is refused", "[layers]") {
    const RandomStream random(Key{11, 0}, 0);
    const Array logits = normals({1, 4, classes}, random), boxes = some_boxes({1, 4, 4}, random);
    const Objects objects = some_objects(2, random);
    const auto refusal = [](const Predictions& p, const std::vector<Objects>& o,
                            const DetectionLossOptions& options = {}) {
        return text_of([&] { nn::detection_loss(p, o, options); });
    };
    CHECK_THAT(refusal({logits, some_boxes({1, 3, 4}, random)}, {objects}),
               StartsWith("detection_loss: argument 'predicted' has shape (1, 3, 4); expected four numbers for each of "
                          "the logits (1, 4, 3)"));
    CHECK_THAT(refusal({some_boxes({4, 3}, random), boxes}, {objects}),
               StartsWith("detection_loss: argument 'predicted' has shape (1, 4, 4); expected four numbers"));
    CHECK_THAT(refusal({logits, boxes}, {objects, objects}),
               StartsWith("detection_loss: argument 'predicted' has shape (1, 4, 3); expected (2, n, classes)"));
    CHECK_THAT(refusal({logits, boxes}, {{some_boxes({3, 4}, random), objects.labels}}),
               StartsWith("match_objects: argument 'objects' has shape (3, 4); expected boxes (m, 4) and labels (m)"));
    CHECK_THAT(refusal({logits, boxes}, {{objects.boxes, Ints{0, 3}}}),
               StartsWith("match_objects: label 3; expected 0 to 2"));
    CHECK_THAT(refusal({logits, boxes}, {objects}, {.times = 0}),
               StartsWith("match_objects: times is 0; expected 1 or more"));
    CHECK(!std::isfinite(nn::detection_loss({logits * NAN, boxes}, {objects}).item()));
    CHECK_THAT(text_of([&] {
                   nn::match_objects({pick(Var(logits * NAN), 0, 0), pick(Var(boxes), 0, 0)}, objects);
               }),
               StartsWith("linear_sum_assignment: the cost of row 0"));
}
