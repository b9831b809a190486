// frames: learns spoken digits, strings of them, or prompts, from frames of sound, and says what a clip holds.
#include <heed/examples/frames/train.hpp>
#include <heed/examples/frames/use.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::frames;
    return heed::program::run(argc, argv, {.name = "frames",
                                           .about = "Spoken digits and prompts from frames of sound.",
                                           .train = {train, "train a model on the free spoken digit dataset, or on prompts"},
                                           .eval = {evaluate, "measure a model by the recordings that training kept back"},
                                           .predict = {predict, "say what sound files hold"},
                                           .attend = {attend, heed::program::about_attend}});
}
