// pronounce: learns from a dictionary how words are spoken, and pronounces new ones.
#include <heed/examples/pronounce/commands.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::pronounce;
    return heed::program::run(
        argc, argv, {"pronounce", "Letters to phones with additive attention.", train, evaluate, predict, attend});
}
