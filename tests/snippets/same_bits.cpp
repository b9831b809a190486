// The code of docs/use/same_bits.md: what it says is the same is the same here.
#include <cstdio>
#include <cstring>
#include <heed/heed.hpp>
using namespace heed;

namespace {

int failures = 0;
void same(const char* what, const Array& a, const Array& b) {
    const bool equal = a.shape() == b.shape() && std::memcmp(a.data(), b.data(), sizeof(Real) * a.size()) == 0;
    std::printf("%s: %s\n", what, equal ? "the same bits" : "other bits");
    failures += !equal;
}
Array row(const Array& x, Dim i) { return slice(Var(x), 0, i, i + 1).value(); }

}  // namespace

int main() {
    const nn::Params params(3);
    const nn::TransformerEncoder model(params, 2, 64, 4);
    Array texts = Array::from_shape({16, 40, 64});
    const RandomStream random(Key{1, 0}, 0);
    for (std::size_t i = 0; i < texts.size(); ++i) texts.data()[i] = static_cast<Real>(random.normal(i));
    // [row]
    const Var together = model(texts, causal());       // texts (16, 40, 64)
    const Var alone = model(row(texts, 5), causal());  // one of them
    same("a row alone and in a batch", alone.value(), row(together.value(), 5));
    // [threads]
    set_threads(4);
    same("on one thread and on four", model(texts, causal()).value(), together.value());
    set_threads(1);
    // [steps]
    nn::StackCache cache;
    Var last;
    for (Dim t = 0; t < 40; ++t) last = model(slice(Var(texts), 1, t, t + 1), cache);  // a position a step
    same("step by step and all at once", last.value(), slice(together, 1, 39, 40).value());
    // [end]
    return failures ? 1 : 0;
}
