// pronounce: learns from a dictionary how words are spoken, and pronounces new ones.
#include <heed/examples/pronounce/commands.hpp>
#include <heed/examples/pronounce/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::pronounce;
    return heed::program::run(argc, argv,
                              {.name = "pronounce",
                               .about = "Letters to phones with additive attention.",
                               .train = {train, "train a model on a dictionary"},
                               .eval = {evaluate, "evaluate a model: word and phone error rates"},
                               .predict = {predict, "pronounce words, and show where the model attended"},
                               .attend = {attend, heed::program::about_attend}});
}
