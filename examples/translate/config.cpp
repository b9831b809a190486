#include <heed/examples/translate/config.hpp>

namespace heed::translate {

training::Fields Config::fields() {
    training::Fields f;
    f.add("source", source).may_change().add("target", target).may_change();
    f.add("dev_source", dev_source).may_change().add("dev_target", dev_target).may_change();
    f.add("model", model.kind).add("vocabulary", model.vocabulary).add("width", model.width).add("layers", model.layers).add("heads", model.heads);
    f.add("hidden", model.hidden).add("dropout", model.dropout);
    f.add("tokens", tokens).add("longest", longest);
    f.add("smoothing", smoothing).add("lr", lr).add("decay", decay).add("ema", ema).add("warmup", warmup);
    f.add("tokenize", bleu.tokenize).add("lower_case", bleu.lower_case);
    f.add("lower_casing", bleu.lower_casing).one_of(examples::lower_case_names()).added_later(examples::name_of(examples::LowerCase::letters));
    name(f);
    return f;
}

}  // namespace heed::translate
