#pragma once
// The options of a training run; written to its folder, and read again by --resume.
#include <heed/examples/pronounce/model.hpp>

namespace heed::pronounce {

inline constexpr const char* default_dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";

struct Options : program::RunOptions {
    static constexpr const char* about = "train a model on a dictionary";
    std::string data = default_dictionary;
    bool hold_out_test = true;  // keep back the test words (5 %) as well as the dev words (2 %)
    Dim batch = 64;
    ModelOptions model;
    double lr = 3e-3;
    Dim warmup = 400;
    double smoothing = 0.05;
    Dim eval_examples = 500;    // words
    std::string hold_out = {};  // the flag that decides hold_out_test of a new run

    Options() { clip = 2; }
    void complete() { hold_out_test = hold_out.empty() ? data == default_dictionary : hold_out == "test"; }
    void declare(training::Settings& s) {
        using namespace program;
        s.add("data", data, "dictionary: a word and its phones on each line").may_change();
        s.add("hold_out", hold_out,
              "words kept back: test (5 % and 2 % dev words; for the default dictionary) or dev (2 %; for --data, "
              "which has a test list of its own)")
            .one_of({"test", "dev"})
            .decides_new_runs();
        s.add("hold_out_test", hold_out_test).no_flag();
        s.add("batch", batch, "words in a step").within(1, most_rows);
        model.declare(s);
        declare_rate(s, lr, warmup);
        s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
        declare_eval_examples(s, eval_examples, 500);
        RunOptions::declare(s);
    }
};

}  // namespace heed::pronounce
