#include <heed/examples/pronounce/config.hpp>

namespace heed::pronounce {

training::Fields Config::fields() {
    training::Fields f;
    f.add("data", data).add("hold_out_test", hold_out_test).add("batch", batch).add("model", model).add("embedding", embedding).add("width", width);
    f.add("layers", layers).add("heads", heads).add("dropout", dropout).add("lr", lr).add("warmup", warmup).add("smoothing", smoothing);
    name(f);
    return f;
}

}  // namespace heed::pronounce
