// summarise: learns from long texts and short ones to write the short one.
#include <heed/examples/summarise/commands.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::summarise;
    heed::program::Program program{"summarise", "From a long text to a short one.", train, evaluate, predict};
    program.attend = {attend, "text", "a text, in quotes"};
    return heed::program::run(argc, argv, program);
}
