#include <heed/examples/charlm/config.hpp>

namespace heed::charlm {

training::Fields Config::fields() {
    training::Fields f;
    f.add("data", data).add("batch", batch).add("block", block).add("width", width).add("layers", layers).add("heads", heads);
    f.add("dropout", dropout).add("lr", lr).add("decay", decay).add("warmup", warmup);
    name(f);
    return f;
}

}  // namespace heed::charlm
