// speak: learns a voice from recordings and their texts, and speaks others.
#include <heed/examples/speak/commands.hpp>
#include <heed/examples/speak/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::speak;
    heed::program::Program program{"speak", "A voice from recordings.", train, evaluate, predict};
    program.attend = {attend, "text", "what is spoken"};
    return heed::program::run(argc, argv, program);
}
