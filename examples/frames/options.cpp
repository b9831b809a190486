#include <heed/examples/frames/options.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::frames {

ModelOptions Options::model_options() const {
    ModelOptions options = model;
    options.labels = static_cast<Dim>(task_of(task).symbols.size());
    return options;
}

void Options::complete() {
    if (task != "digits" && model.decoder == "label") model.decoder = "ctc";
}

void Options::check() const {
    if ((task == "digits") != (model.decoder == "label")) throw program::UsageError("--decoder is for strings and prompts; --task is digits");
    if ((task == "prompts") == transcript.empty()) throw program::UsageError("--transcript and --task prompts belong together");
}

void Options::declare(training::Settings& s) {
    using namespace program;
    s.add("task", task, "one digit a clip, strings of 3 to 7 put together of one voice's, or the letters of prompts")
        .one_of({"digits", "strings", "prompts"});
    s.add("decoder", model.decoder,
          "of strings and prompts: CTC (unless given), or a recurrent network with attention that knows where it has looked")
        .one_of({"label", "ctc", "attention"});
    s.add("data", data, "folder of the data set, with recordings/DIGIT_SPEAKER_INDEX.wav; of prompts: with NAME.wav").required().may_change();
    s.add("transcript", transcript, "of prompts: a file with lines 'NAME: what it says'").may_change();
    s.add("leave", leave, "a speaker who is not trained on but measured by");
    s.add("dev_index", dev_index, "without --leave: recordings from this index on are kept back").within(0);
    s.add("silence", silence, "before, between and after the digits of a string: seconds, at most").within(0, 60);
    s.add("batch", batch, "clips in a step").within(1, most_rows);
    s.add("lr", lr, "the highest learning rate").above(0);
    s.add("warmup", warmup, "steps in which it rises").within(0);
    s.add("decay", decay, "of the weights").within(0, 10);
    s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
    s.add("ema", ema, "decay of the weights' average, which is what is kept").within(0, 0.99999);
    s.add("ctc_share", model.ctc_share, "of the loss, beside an attention decoder").within(0, 1);
    constexpr double all_of_it = 1e30;
    s.add("range", range, "nats below the loudest energy of a clip: what is quieter counts as that").above(0).added_later(all_of_it);
    s.add("speed", speed, "clips are played up to so much faster or slower").within(0, 1);
    s.add("stretch", stretch, "their frames go by so much faster or slower, at most").within(0, 1);
    s.add("tract", tract, "their frequencies are multiplied by so much more or less, at most").within(0, 1);
    s.add("tilt", tilt, "deviation of a slope over the bands").within(0, 10);
    s.add("noise", noise, "the most noise added to a clip").within(0, 1);
    s.add("band_masks", band_masks).within(0, most_rows).no_flag();
    s.add("bands", bands).within(0, most_rows).no_flag();
    s.add("frame_masks", frame_masks).within(0, most_rows).no_flag();
    s.add("frames", frames).within(0, most_rows).no_flag();
    s.add("mel_bands", model.bands, "bands of the mel scale").within(1, most_width);
    s.add("channels", model.channels, "of the convolutions").within(1, most_width);
    s.add("dim", model.dim, "width of the states").within(1, most_width);
    s.add("layers", model.layers, "of the encoder").within(1, most_layers);
    s.add("heads", model.heads, "a divisor of --dim").within(1, most_width);
    s.add("hidden", model.hidden, "width inside a layer").within(1, most_width);
    s.add("dropout", model.dropout, "probability").within(0, 0.99);
    declare_strict(s, strict);
    RunOptions::declare(s);
}

}  // namespace heed::frames
