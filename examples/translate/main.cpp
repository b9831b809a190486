// translate: learns from parallel text to translate sentences of one language into another.
#include <heed/examples/translate/commands.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::translate;
    heed::program::Program program{"translate", "From one language to another.", train, evaluate, predict};
    program.attend = {attend, "sentence", "a sentence, in quotes"};
    return heed::program::run(argc, argv, program);
}
