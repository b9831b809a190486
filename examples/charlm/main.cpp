// charlm: trains a model that predicts the next character of a text, and continues texts by it.
#include <heed/examples/charlm/commands.hpp>
#include <heed/examples/charlm/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::charlm;
    heed::program::Program program{"charlm", "A character language model.", train, evaluate, predict};
    program.attend = {attend, "text", "a text, at most as long as the windows of training"};
    return heed::program::run(argc, argv, program);
}
