// Ops on boxes beside PyTorch's arithmetic.
#include <heed/tests/both/reference/reference.hpp>

namespace heed::reference {
namespace {

using G = const Given&;

const Table table(
    "boxes",
    {{"box_iou", {"each with each"}, [](G in) { return box_iou(unsqueeze(in[0], 1), in[1]); }},
     {"generalized_box_iou", {"each with each"}, [](G in) { return generalized_box_iou(unsqueeze(in[0], 1), in[1]); }},
     {"generalized_box_iou", {"apart"}, [](G in) { return generalized_box_iou(unsqueeze(in[0], 1), in[1] + 9); }},
     {"box_corners", {"boxes"}, [](G in) { return box_corners(in[0]); }},
     {"box_centres", {"boxes"}, [](G in) { return box_centres(in[0]); }}});

}  // namespace
}  // namespace heed::reference
