// The assignment of predictions to objects, and the loss that follows from it.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/assignment.hpp>
#include <heed/nn/layers/heads/detection_loss.hpp>

namespace heed::nn {
namespace {

Var constant(const Var& x) { return Var(x.value()); }

void expect_objects(const char* op, const Objects& o, Dim classes, Site at, Site check = Site::current()) {
    const Dim m = o.labels.shape().size() == 1 ? o.labels.shape()[0] : -1;
    expect(o.boxes.shape() == Shape{m, 4}, op, "objects", o.boxes.shape(), "boxes (m, 4) and labels (m)", at, check);
    for (const std::int64_t label : o.labels.storage())
        require(
            0 <= label && label < classes, op,
            [&] { return fmt::format("label {}; expected 0 to {}", label, classes - 1); }, at, check);
}

// The boxes and the scores of `rank` axes belong together.
void expect_predictions(const char* op, const Predictions& p, Dim rank, Site at, Site check = Site::current()) {
    Shape shape = p.logits.shape();
    const bool ranked = shape.rank() == rank;
    if (ranked) shape[static_cast<std::size_t>(rank - 1)] = 4;
    expect(
        ranked && p.boxes.shape() == shape, op, "predicted", p.boxes.shape(),
        [&] { return fmt::format("four numbers for each of the logits {}", to_string(p.logits.shape())); }, at, check);
}

// The matched pairs of a batch: row i n + k is prediction k of image i.
struct Pairs {
    std::vector<Dim> rows, labels;
    std::vector<Real> boxes;

    Pairs(const Predictions& p, const std::vector<Objects>& objects, const DetectionLossOptions& o, Site at) {
        const Var logits = constant(p.logits), predicted = constant(p.boxes);
        for (std::size_t i = 0; i < objects.size(); ++i) {
            const auto image = static_cast<Dim>(i);
            const std::vector<Dim> found =
                match_objects({pick(logits, 0, image), pick(predicted, 0, image)}, objects[i], o, at);
            for (std::size_t k = 0; k < found.size(); ++k) {
                const std::size_t object = k % objects[i].labels.size();
                if (found[k] < 0) continue;
                rows.push_back(image * p.logits.dim(1) + found[k]);
                labels.push_back(objects[i].labels.data()[object]);
                boxes.insert(boxes.end(), objects[i].boxes.data() + 4 * object,
                             objects[i].boxes.data() + 4 * object + 4);
            }
        }
    }
    Dim count() const { return static_cast<Dim>(rows.size()); }
};

Var score_loss(const Var& logits, const Pairs& pairs, const Array& iou) {
    Array target = filled(logits.shape(), 0), weight = square(sigmoid(constant(logits))).value();
    for (std::size_t k = 0; k < pairs.rows.size(); ++k) {
        const Dim at = pairs.rows[k] * logits.dim(-1) + pairs.labels[k];
        target.data()[at] = iou.data()[k], weight.data()[at] = 1;
    }
    return sum(weight * (softplus(logits) - logits * target));
}

}  // namespace

std::vector<Dim> match_objects(const Predictions& p, const Objects& objects, const DetectionLossOptions& o, Site at) {
    expect_predictions("match_objects", p, 2, at);
    expect_objects("match_objects", objects, p.logits.dim(-1), at);
    require_least("match_objects", "times", o.times, 1, at);
    if (objects.labels.size() == 0) return {};
    const Var wanted = objects.boxes, predicted = constant(p.boxes);
    const Var shape = generalized_box_iou(unsqueeze(box_corners(wanted), 1), box_corners(predicted));
    const Var distance = sum(abs(unsqueeze(wanted, 1) - predicted), -1);
    const Var chance = take(transpose(sigmoid(constant(p.logits))), objects.labels, 0);
    const Var cost = repeat(o.distance * distance - o.shape * shape - o.chance * chance, o.times, 0);
    const std::vector<double> costs(cost.value().storage().cbegin(), cost.value().storage().cend());
    return linear_sum_assignment(costs, cost.dim(0), cost.dim(1), at);
}

Var detection_loss(const Predictions& p, const std::vector<Objects>& objects, const DetectionLossOptions& o, Site at) {
    expect_predictions("detection_loss", p, 3, at);
    expect(
        p.logits.dim(0) == static_cast<Dim>(objects.size()), "detection_loss", "predicted", p.logits.shape(),
        [&] { return fmt::format("({}, n, classes), as many images as have objects", objects.size()); }, at);
    Var all = sum(p.logits) + sum(p.boxes);
    if (!std::isfinite(all.item())) return all;  // training finds out where that began
    const Pairs pairs(p, objects, o, at);
    const Dim count = pairs.count(), n = p.boxes.dim(0) * p.boxes.dim(1);
    if (count == 0) return score_loss(p.logits, pairs, {});
    Ints rows = Ints::from_shape({count});
    std::ranges::copy(pairs.rows, rows.data());
    Array of_objects = Array::from_shape({count, 4});
    std::ranges::copy(pairs.boxes, of_objects.data());
    const Var predicted = take_rows(reshape(p.boxes, {n, 4}), rows), wanted = of_objects;
    const Var from = box_corners(predicted), to = box_corners(wanted);
    const Var boxes = o.distance * sum(abs(predicted - wanted)) + o.shape * sum(1 - generalized_box_iou(from, to));
    const Var scores = score_loss(p.logits, pairs, box_iou(constant(from), to).value());
    return (boxes + scores) / static_cast<double>(count);
}

}  // namespace heed::nn
