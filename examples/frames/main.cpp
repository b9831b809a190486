// frames: trains a model of spoken digits, strings of digits, or prompts on frames of audio, and transcribes clips.
#include <heed/examples/frames/commands.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::frames;
    return heed::program::run(
        argc, argv, {"frames", "Spoken digits and prompts from frames of audio.", train, evaluate, predict, attend});
}
