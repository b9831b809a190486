// detect: trains a detection transformer on images with boxes, and finds objects in images by it.
#include <heed/examples/detect/commands.hpp>
#include <heed/examples/detect/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::detect;
    return heed::program::run(argc, argv,
                              {"detect", "Object detection by a transformer.", train, evaluate, predict, attend});
}
