// pronounce: learns from a dictionary how words are spoken, and pronounces new ones.
#include <heed/examples/pronounce/commands.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::pronounce;
    heed::program::Program program{"pronounce", "Letters to phones with additive attention.", train, evaluate, predict};
    program.attend = {attend, "word", "a word"};
    return heed::program::run(argc, argv, program);
}
