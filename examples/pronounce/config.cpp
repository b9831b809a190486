#include <heed/examples/pronounce/config.hpp>

namespace heed::pronounce {

training::Fields Config::fields() {
    using namespace examples;
    training::Fields f;
    f.add("data", data).may_change().add("hold_out_test", hold_out_test).add("batch", batch).within(1, most_rows);
    f.add("model", model).one_of({"gru", "transformer"}).added_later("gru");
    f.add("embedding", embedding).within(1, most_width).add("width", width).within(1, most_width);
    f.add("layers", layers).within(1, most_layers).added_later(Dim{3}).add("heads", heads).within(1, most_width).added_later(Dim{4});
    f.add("dropout", dropout).within(0, 0.99);
    f.add("lr", lr).within(0).add("warmup", warmup).within(0).add("smoothing", smoothing).within(0, 0.99);
    f.add("lower_casing", lower_casing).one_of(lower_case_names()).added_later(name_of(LowerCase::latin1));
    name(f);
    return f;
}

}  // namespace heed::pronounce
