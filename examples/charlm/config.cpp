#include <heed/examples/charlm/config.hpp>

namespace heed::charlm {

training::Fields Config::fields() {
    using namespace examples;
    training::Fields f;
    f.add("data", data).may_change().add("batch", batch).within(1, most_rows).add("block", block).within(1, most_rows);
    f.add("width", width).within(1, most_width).add("layers", layers).within(1, most_layers).add("heads", heads).within(1, most_width);
    f.add("dropout", dropout).within(0, 0.99).add("lr", lr).within(0).add("decay", decay).within(0, 10).add("warmup", warmup).within(0);
    name(f);
    return f;
}

}  // namespace heed::charlm
