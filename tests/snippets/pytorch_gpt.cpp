// The code of docs/use/from_pytorch.md: a GPT with PyTorch's weights writes what it writes there, and learns on.
// Argument: the folder of the files.
#include <cmath>
#include <heed/core/io/safetensors.hpp>
#include <heed/examples/models/gpt.hpp>
#include <heed/tests/snippets/check.hpp>
using namespace heed;

int main(int, char** argv) {
    const std::string file = std::string(argv[1]) + "/pytorch_gpt.safetensors";
    // [load]
    const nn::Params params;
    const models::Gpt gpt(params, {.symbols = 12, .length = 10, .layers = 2, .heads = 2, .width = 8});
    nn::load(params, file,
             {.layout = nn::Layout::pytorch, .rules = {{"logits.weight", "symbol.weight"}, {"stack.*", "*"}}});
    // [end]
    const io::SafetensorsReader expected(std::string(argv[1]) + "/pytorch_gpt_expected.safetensors");
    Ints text = Ints::from_shape({1, 10});  // three symbols that were given, and seven that PyTorch's model wrote
    Array logits = Array::from_shape({1, 9, 12});
    expected.read_as<std::int64_t>(*expected.find("text"), {text.data(), 10});
    expected.read_as<Real>(*expected.find("logits"), {logits.data(), 108});
    const Ints input = ints_from(text.data(), {1, 9});
    check(max(abs(gpt(input) - logits)).item() < 1e-5 * max(abs(Var(logits))).item(), "the logits are PyTorch's");

    // [write]
    nn::StackCache cache;  // keys and values of what was read: each step computes one position
    std::vector<std::int64_t> written = {text(0, 0), text(0, 1), text(0, 2)};
    Var last = gpt.next(ints_from(written, {1, 3}), cache, 0);
    while (written.size() < 10) {
        written.push_back(argmax(last(0, -1))());
        last = gpt.next(Ints{{written.back()}}, cache, static_cast<Dim>(written.size()) - 1);
    }
    // [end]
    check(written == to_vector(text), "it writes what PyTorch's model wrote");

    // [learn]
    const std::vector<int> numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};  // it learns to count
    const Ints first = ints_from(numbers.data(), {1, 9}), next = ints_from(numbers.data() + 1, {1, 9});
    const double before = cross_entropy(gpt(first), next).item();
    nn::AdamW adam(params, {.lr = 3e-3});  // the table of symbols is one parameter at both ends, and stays one
    for (int step = 0; step < 100; ++step) {
        Tape tape;
        tape.backward(cross_entropy(gpt(first), next));
        adam.step();
    }
    const double after = cross_entropy(gpt(first), next).item();
    // [end]
    std::printf("loss %.3f, after 100 steps %.3f\n", before, after);
    check(after < before / 4, "it learns on");
    return failures;
}
