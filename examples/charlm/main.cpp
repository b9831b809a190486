// charlm: trains a model that predicts the next character of a text, and continues texts by it.
#include <heed/examples/charlm/commands.hpp>
#include <heed/examples/charlm/train.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::charlm;
    return heed::program::run(argc, argv,
                              {.name = "charlm",
                               .about = "A character language model.",
                               .train = {train, "train a model on a text, of which the last tenth is held out"},
                               .eval = {evaluate, "evaluate a model: nats and bits a character"},
                               .predict = {predict, "continue a text"},
                               .attend = {attend, heed::program::about_attend}});
}
