// patches: trains a vision transformer on labelled images, and classifies images by it.
#include <heed/examples/patches/commands.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::patches;
    heed::program::Program program{"patches", "Image classification by a vision transformer.", train, evaluate,
                                   predict};
    program.attend = {attend, "file", "a PNG file of the size that the model was trained on"};
    return heed::program::run(argc, argv, program);
}
