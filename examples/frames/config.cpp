#include <heed/examples/frames/config.hpp>
#include <heed/examples/frames/task.hpp>

namespace heed::frames {

ModelOptions Config::model_options() const {
    ModelOptions options = model;
    options.labels = static_cast<Dim>(task_of(task).symbols.size());
    return options;
}

training::Fields Config::fields() {
    training::Fields f;
    f.add("task", task).add("decoder", model.decoder);
    f.add("data", data).may_change().add("transcript", transcript).may_change();
    f.add("leave", leave).add("dev_index", dev_index).add("silence", silence);
    f.add("batch", batch).add("lr", lr).add("warmup", warmup).add("decay", decay).add("smoothing", smoothing).add("ema", ema);
    f.add("ctc_share", model.ctc_share);
    constexpr double all_of_it = 1e30;
    f.add("range", range).added_later(all_of_it);
    f.add("speed", speed).add("stretch", stretch).add("tract", tract).add("tilt", tilt).add("noise", noise);
    f.add("band_masks", band_masks).add("bands", bands).add("frame_masks", frame_masks).add("frames", frames);
    f.add("mel_bands", model.bands).add("channels", model.channels).add("dim", model.dim).add("layers", model.layers);
    f.add("heads", model.heads).add("hidden", model.hidden).add("dropout", model.dropout);
    name(f);
    return f;
}

}  // namespace heed::frames
