// charlm: learns from a text which character comes next, and goes on with it.
#include <heed/examples/charlm/train.hpp>
#include <heed/examples/charlm/use.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::charlm;
    return heed::program::run(argc, argv, {.name = "charlm",
                                           .about = "A character language model.",
                                           .train = {train, "train a model on a text, of which the last tenth is held out"},
                                           .eval = {evaluate, "measure a model: nats and bits a character"},
                                           .predict = {predict, "go on with a text"},
                                           .attend = {attend, heed::program::about_attend}});
}
