#include <heed/examples/frames/config.hpp>

namespace heed::frames {

training::Fields Config::fields() {
    training::Fields f;
    f.add("data", data).add("leave", leave).add("dev_index", dev_index).add("batch", batch).add("lr", lr).add("warmup", warmup).add("decay", decay);
    f.add("smoothing", smoothing).add("ema", ema).add("speed", speed).add("noise", noise);
    f.add("band_masks", band_masks).add("bands", bands).add("frame_masks", frame_masks).add("frames", frames);
    f.add("mel_bands", model.bands).add("dim", model.dim).add("layers", model.layers).add("heads", model.heads).add("hidden", model.hidden);
    f.add("longest", model.longest).add("dropout", model.dropout);
    name(f);
    return f;
}

}  // namespace heed::frames
