// translate: learns from parallel text to translate sentences of one language into another.
#include <heed/examples/translate/commands.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::translate;
    return heed::program::run(argc, argv,
                              {.name = "translate",
                               .about = "From one language to another.",
                               .train = {train, "train a model on parallel text"},
                               .eval = {evaluate,
                                        "evaluate a model by BLEU as sacrebleu computes it, with the rules of training "
                                        "where none are given"},
                               .predict = {predict, "translate sentences"},
                               .attend = {attend, heed::program::about_attend}});
}
