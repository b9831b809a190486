// detect: trains a detection transformer on images with boxes, and finds objects in images by it.
#include <heed/examples/detect/commands.hpp>
#include <heed/examples/detect/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::detect;
    heed::program::Program program{"detect", "Object detection by a transformer.", train, evaluate, predict};
    program.attend = {attend, "file", "a PNG file of the size that the model was trained on"};
    return heed::program::run(argc, argv, program);
}
