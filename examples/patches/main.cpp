// patches: learns from labelled pictures what new ones show, by a vision transformer.
#include <heed/examples/patches/train.hpp>
#include <heed/examples/patches/use.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::patches;
    return heed::program::run(argc, argv, {.name = "patches",
                                           .about = "What pictures show, by a vision transformer.",
                                           .train = {train, "train a model on labelled pictures"},
                                           .eval = {evaluate, "measure a model: pictures that are right, and what is taken for what"},
                                           .predict = {predict, "say what pictures show"},
                                           .attend = {attend, heed::program::about_attend}});
}
