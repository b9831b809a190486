// translate: learns from parallel text to say sentences of one language in another.
#include <heed/examples/translate/train.hpp>
#include <heed/examples/translate/use.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::translate;
    return heed::program::run(
        argc, argv, {.name = "translate",
                     .about = "From one language to another.",
                     .train = {train, "train a model on parallel text"},
                     .eval = {evaluate, "measure a model by BLEU as sacrebleu computes it, by the rules of training where none is given"},
                     .predict = {predict, "translate sentences"},
                     .attend = {attend, heed::program::about_attend}});
}
