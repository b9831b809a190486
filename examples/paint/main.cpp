// paint: draws pictures of a class, and says how likely pictures are.
#include <heed/examples/paint/density/commands.hpp>
#include <heed/examples/paint/flow/commands.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::paint;
    return heed::program::run(
        argc, argv,
        {.name = "paint",
         .about = "New pictures by attention, and how likely a picture is.",
         .tasks = {{"flow",
                    "pictures of a class, out of noise",
                    train_flow,
                    evaluate_flow,
                    predict_flow,
                    {attend_flow, heed::program::about_attend}},
                   {"density",
                    "the bits that each pixel of a picture takes",
                    train_density,
                    evaluate_density,
                    predict_density,
                    {attend_density, "file", "a PNG file of the size that the model was trained on"}}}});
}
