// charlm: trains a model that predicts the next character of a text, and continues texts by it.
#include <heed/examples/charlm/commands.hpp>
#include <heed/examples/charlm/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::charlm;
    return heed::program::run(argc, argv, {"charlm", "A character language model.", train, evaluate, predict, attend});
}
