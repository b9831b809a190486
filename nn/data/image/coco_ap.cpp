// Average precision: detections matched with boxes, image by image, then precision over recall, class by class.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/nn/data/image/coco_ap.hpp>

namespace heed::image {
namespace {

constexpr std::size_t most_found = 100, recalls = 101, levels = 10;

double level(std::size_t i) { return i + 1 < levels ? static_cast<double>(i) * ((0.95 - 0.5) / 9) + 0.5 : 0.95; }

// The shared area over that of both; of a crowd, over that of the detection.
double overlap(const Box& found, const LabelledBox& b) {
    const double w = std::min(found.right, b.box.right) - std::max(found.left, b.box.left);
    const double h = std::min(found.bottom, b.box.bottom) - std::max(found.top, b.box.top);
    if (w <= 0 || h <= 0) return 0;
    return w * h / (b.crowd ? found.area() : found.area() + b.box.area() - w * h);
}

struct Judged {
    double score;
    std::array<bool, levels> right, ignored;  // at each IoU
};

template <class T>
std::vector<T> of_class(const std::vector<T>& all, Dim label) {
    std::vector<T> some;
    std::ranges::copy_if(all, std::back_inserter(some), [&](const T& x) { return x.label == label; });
    return some;
}

// At one IoU, for the detections in the order of their scores; crowds are the last boxes.
void judge(const std::vector<Detection>& found, const std::vector<LabelledBox>& boxes, std::size_t at, Judged* judged) {
    std::vector<bool> taken(boxes.size());
    for (std::size_t d = 0; d < found.size(); ++d) {
        double best = std::min(level(at), 1 - 1e-10);
        std::optional<std::size_t> match;
        for (std::size_t g = 0; g < boxes.size(); ++g) {
            if (taken[g] && !boxes[g].crowd) continue;
            if (match && boxes[g].crowd && !boxes[*match].crowd) break;
            const double shared = overlap(found[d].box, boxes[g]);
            if (shared >= best) best = shared, match = g;
        }
        judged[d].right[at] = match.has_value();
        judged[d].ignored[at] = match && boxes[*match].crowd;
        if (match) taken[*match] = true;
    }
}

void judge_image(std::vector<Detection> found, std::vector<LabelledBox> boxes, std::vector<Judged>& all) {
    std::ranges::stable_sort(found, std::greater(), &Detection::score);
    if (found.size() > most_found) found.resize(most_found);
    std::stable_partition(boxes.begin(), boxes.end(), [](const LabelledBox& b) { return !b.crowd; });
    const std::size_t before = all.size();
    for (const Detection& d : found) all.push_back({d.score, {}, {}});
    for (std::size_t at = 0; at < levels; ++at) judge(found, boxes, at, all.data() + before);
}

// The mean over the recalls of the best precision at that recall or a higher one.
double average(const std::vector<Judged>& judged, std::size_t at, Dim boxes) {
    std::vector<double> recall, precision;
    double right = 0, wrong = 0;
    for (const Judged& d : judged) {
        if (!d.ignored[at]) (d.right[at] ? right : wrong) += 1;
        recall.push_back(right / static_cast<double>(boxes));
        precision.push_back(right / (right + wrong + std::numeric_limits<double>::epsilon()));
    }
    for (std::size_t i = precision.size(); i-- > 1;) precision[i - 1] = std::max(precision[i - 1], precision[i]);
    double sum = 0;
    for (std::size_t k = 0; k < recalls; ++k) {
        const auto reached = std::ranges::lower_bound(recall, k + 1 < recalls ? static_cast<double>(k) * 0.01 : 1.0);
        if (reached != recall.end()) sum += precision[static_cast<std::size_t>(reached - recall.begin())];
    }
    return sum / recalls;
}

template <class T>
void check_boxes(const std::vector<T>& boxes, Dim classes, const char* what, std::size_t image, Site at) {
    for (const T& b : boxes) {
        require(
            0 <= b.label && b.label < classes, "coco_ap",
            [&] {
                return fmt::format("{} of image {} has label {}; expected 0 to {}", what, image, b.label, classes - 1);
            },
            at);
        double sum = b.box.left + b.box.top + b.box.right + b.box.bottom;
        if constexpr (requires { b.score; }) sum += b.score;
        require(
            std::isfinite(sum), "coco_ap",
            [&] { return fmt::format("{} of image {} has a number that is not finite", what, image); }, at);
    }
}

}  // namespace

CocoPrecision coco_ap(std::span<const std::vector<LabelledBox>> boxes, std::span<const std::vector<Detection>> found,
                      Dim classes, Site at) {
    require(
        boxes.size() == found.size(), "coco_ap",
        [&] { return fmt::format("boxes of {} images, detections of {}", boxes.size(), found.size()); }, at);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        check_boxes(boxes[i], classes, "a box", i, at);
        check_boxes(found[i], classes, "a detection", i, at);
    }
    CocoPrecision result;
    AveragePrecision sum;
    double counted = 0;
    for (Dim label = 0; label < classes; ++label) {
        std::vector<Judged> judged;
        Dim wanted = 0;
        for (std::size_t i = 0; i < boxes.size(); ++i) {
            std::vector<LabelledBox> here = of_class(boxes[i], label);
            wanted += std::ranges::count(here, false, &LabelledBox::crowd);
            judge_image(of_class(found[i], label), std::move(here), judged);
        }
        std::ranges::stable_sort(judged, std::greater(), &Judged::score);
        std::optional<AveragePrecision>& of_this = result.classes.emplace_back();
        if (wanted == 0) continue;
        of_this = AveragePrecision{0, average(judged, 0, wanted)};
        for (std::size_t k = 0; k < levels; ++k) of_this->ap += average(judged, k, wanted) / levels;
        sum.ap += of_this->ap, sum.ap50 += of_this->ap50, counted += 1;
    }
    result.mean = counted > 0 ? AveragePrecision{sum.ap / counted, sum.ap50 / counted} : AveragePrecision{-1, -1};
    return result;
}

}  // namespace heed::image
