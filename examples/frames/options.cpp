// The flags of a training run of frames.
#include <heed/examples/frames/options.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::frames {

void Options::complete() {
    if (model.task != "digits" && model.decoder == "label") model.decoder = "ctc";
}

void Options::check() const {
    if ((model.task == "digits") != (model.decoder == "label"))
        throw program::UsageError("--decoder is for strings and prompts; --task is digits");
    if ((model.task == "prompts") == transcript.empty())
        throw program::UsageError("--transcript and --task prompts belong together");
}

void Options::declare(training::Settings& s) {
    using namespace program;
    model.declare(s);
    s.add("data", data, "folder of the data set, with recordings/DIGIT_SPEAKER_INDEX.wav; of prompts: with NAME.wav")
        .required()
        .may_change();
    s.add("transcript", transcript, "of prompts: a file with lines 'NAME: WORDS'").may_change();
    s.add("leave", leave, "a speaker whose recordings are the dev set");
    s.add("dev_index", dev_index, "without --leave: recordings from this index on are kept back").within(0);
    s.add("silence", silence, "before, between and after the digits of a string: seconds, at most").within(0, 60);
    s.add("batch", batch, "clips in a step").within(1, most_rows);
    declare_rate(s, lr, warmup);
    s.add("decay", decay, "of the weights").within(0, 10);
    s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
    s.add("ema", ema, "decay of the weights' average, which is what is kept").within(0, 0.99999);
    s.add("speed", augment.speed, "clips are played up to this share faster or slower").within(0, 1);
    s.add("stretch", augment.stretch, "their frames are stretched in time by up to this share").within(0, 1);
    s.add("tract", augment.tract, "their frequencies are scaled by up to this share").within(0, 1);
    s.add("tilt", augment.tilt, "deviation of a slope over the bands").within(0, 10);
    s.add("noise", augment.noise, "the most noise added to a clip").within(0, 1);
    s.add("band_masks", augment.masks.band_masks).within(0, most_rows).no_flag();
    s.add("bands", augment.masks.bands).within(0, most_rows).no_flag();
    s.add("frame_masks", augment.masks.frame_masks).within(0, most_rows).no_flag();
    s.add("frames", augment.masks.frames).within(0, most_rows).no_flag();
    declare_eval_examples(s, eval_examples, 0);
    declare_strict(s, strict);
    RunOptions::declare(s);
}

}  // namespace heed::frames
