#pragma once
// The options of a training run; written to its folder, and read again by --resume, eval, predict and attend.
#include <heed/examples/speak/model.hpp>

namespace heed::speak {

struct HEED_ABI Options : program::RunOptions {
    static constexpr const char* about = "learn a voice from recordings and their texts";
    std::string data = "/usr/share/asterisk/sounds/en_US_f_Allison", transcript;
    ModelOptions model;
    Dim batch = 16;
    double lr = 1e-3;
    Dim warmup = 100;
    double decay = 0.01, ema = 0.99;
    Dim eval_examples = 12;

    void declare(training::Settings& s) {
        using namespace program;
        s.add("data", data, "folder of the recordings, NAME.wav").may_change();
        s.add("transcript", transcript, "a file with lines 'NAME: WORDS'").required().may_change();
        model.declare(s);
        s.add("batch", batch, "recordings in a step").within(1, most_rows);
        declare_rate(s, lr, warmup);
        s.add("decay", decay, "of the weights").within(0, 10);
        s.add("ema", ema, "decay of the weights' average, which is what is kept").within(0, 0.99999);
        declare_eval_examples(s, eval_examples, eval_examples);
        RunOptions::declare(s);
    }
};

}  // namespace heed::speak
