// translate: learns from parallel text to translate sentences of one language into another.
#include <heed/examples/translate/commands.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::translate;
    return heed::program::run(argc, argv,
                              {"translate", "From one language to another.", train, evaluate, predict, attend});
}
