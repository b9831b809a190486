#pragma once
// What a training run was asked to do; written to its folder, and read again by --resume.
#include <heed/examples/common/lower_case.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::pronounce {

inline constexpr const char* default_dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";

struct Options : program::RunOptions {
    std::string data = default_dictionary;
    bool hold_out_test = true;  // keep back the test words (5 %) as well as the dev words (2 %)
    Dim batch = 64;
    std::string model = "gru";  // or "transformer"
    Dim embedding = 128;
    Dim width = 256;
    Dim layers = 3;
    Dim heads = 4;
    double dropout = 0.1;
    double lr = 3e-3;
    Dim warmup = 400;
    double smoothing = 0.05;
    std::string lower_casing = examples::name_of(examples::best_lower_case(examples::LowerCase::latin1));  // what the words went through

    std::string hold_out = {};  // the flag that decides hold_out_test of a new run

    Options() { clip = 2; }
    void complete() { hold_out_test = hold_out.empty() ? data == default_dictionary : hold_out == "test"; }
    void declare(training::Settings& s) {
        using namespace program;
        using namespace examples;
        s.add("data", data, "dictionary: a word and its phones on each line").may_change();
        s.add("hold_out", hold_out,
              "words kept back: test (5 % and 2 % dev words; for the default dictionary) or dev (2 %; for --data, which has a test list of its own)")
            .one_of({"test", "dev"}).decides_new_runs();
        s.add("hold_out_test", hold_out_test).no_flag();
        s.add("batch", batch, "words in a step").within(1, most_rows);
        s.add("model", model, "a recurrent network with additive attention, or a Transformer").one_of({"gru", "transformer"}).added_later("gru");
        s.add("embedding", embedding, "width of letters and phones (gru)").within(1, most_width);
        s.add("width", width, "width of the states").within(1, most_width);
        s.add("layers", layers, "of the encoder, and of the decoder (transformer)").within(1, most_layers).added_later(Dim{3});
        s.add("heads", heads, "a divisor of the width (transformer)").within(1, most_width).added_later(Dim{4});
        s.add("dropout", dropout, "probability").within(0, 0.99);
        s.add("lr", lr, "the highest learning rate").above(0);
        s.add("warmup", warmup, "steps in which it rises").within(0);
        s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
        s.add("lower_casing", lower_casing).no_flag().one_of(lower_case_names()).added_later(name_of(LowerCase::latin1));
        RunOptions::declare(s);
    }
};

}  // namespace heed::pronounce
