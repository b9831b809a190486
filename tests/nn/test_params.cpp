// The parameter store: clones, tied weights, loading by name, and gradients that never arrived.
#include <filesystem>
#include <fmt/format.h>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/params/load.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Model {
    nn::Linear first, second;
    explicit Model(nn::Params p, Dim width = 3) : first(p / "first", 2, width), second(p / "second", width, 1) {}
    Var operator()(In x) const { return second(tanh(first(x))); }
};

const Array input = array_of({2, 2}, {1, 2, 3, 4});

struct File {
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 fmt::format("heed-store-{}.safetensors", reinterpret_cast<std::uintptr_t>(this));
    ~File() { std::filesystem::remove(path); }
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    void put(const std::vector<std::pair<std::string, Array>>& arrays) const {
        nn::Checkpoint c;
        for (const auto& [name, value] : arrays) c.put(name, value);
        c.save(path);
    }
};

}  // namespace

TEST_CASE("nn store: a clone has the same names and values, and is independent", "[nn]") {
    const nn::Params params(7);
    const Model model(params);
    (params / "second").freeze();
    const nn::Params copy = params.clone();
    REQUIRE(copy.list().size() == 4);
    const Model twin(copy);
    CHECK(copy.list().size() == 4);
    CHECK(elements(twin(input).value()) == elements(model(input).value()));
    CHECK(twin.first.weight.name() == "first.weight");
    CHECK_FALSE(twin.second.weight.wants_grad());
    const std::vector<double> before = elements(model(input).value());
    {
        Tape tape;
        tape.backward(sum(twin(input)));
    }
    CHECK_FALSE(model.first.weight.has_grad());
    CHECK(twin.first.weight.has_grad());
    twin.first.weight.mutable_value("test").data()[0] += 1;
    CHECK(elements(model(input).value()) == before);
    CHECK(elements(twin(input).value()) != before);
}

TEST_CASE("nn store: what a clone refuses", "[nn]") {
    const nn::Params params(7);
    const Model model(params);
    const nn::Params copy = params.clone(), other = params.clone();
    const Model twin(copy);
    CHECK_THAT(text_of([&] { Model third(copy); }), StartsWith("Params: there is a parameter 'first.weight' already"));
    CHECK_THAT(
        text_of([&] { Model wide(other, 4); }),
        StartsWith(
            "Params: argument 'first.weight' has shape (2, 4); expected (2, 3), as in the store that was cloned"));
    const nn::Params half = (params / "first").clone();
    CHECK(half.list().size() == 2);
    CHECK(half.find("bias").name() == "first.bias");
}

TEST_CASE("nn store: tied weights get both gradients", "[nn]") {
    const nn::Params params(7);
    const nn::Embedding word(params / "word", 5, 3);
    Ints ids = Ints::from_shape({2});
    ids.data()[0] = 1, ids.data()[1] = 4;
    const auto gradient_of = [&](const Var& in, const Var& out) {
        Tape tape;
        const Var h = take_rows(in, ids);
        return elements(gradient(sum(square(linear(h, transpose(out)))), {word.table})[0]);
    };
    const std::vector<double> reading = gradient_of(word.table, word.table.detach()),
                              writing = gradient_of(word.table.detach(), word.table);
    {
        Tape tape;
        const Var logits = word.logits(word(ids));
        REQUIRE(logits.shape() == Shape{2, 5});
        tape.backward(sum(square(logits)));
    }
    const std::vector<double> both = elements(word.table.grad());
    for (std::size_t i = 0; i < both.size(); ++i) CHECK(both[i] == Approx(reading[i] + writing[i]).epsilon(1e-5));
    CHECK(params.list().size() == 1);

    const nn::Linear first(params / "layer", 3, 3), second = first;  // a copy of a layer shares its parameters
    CHECK(params.list().size() == 3);
    first.weight.mutable_value("test").data()[0] = 42;
    CHECK(second.weight.value().storage()[0] == 42);
}

TEST_CASE("nn store: a parameter that no gradient has reached is named", "[nn]") {
    const nn::Params params(7);
    const Model model(params);
    {
        Tape tape;
        tape.backward(sum(model.first(input)));
    }
    CHECK_THAT(text_of([&] { params.require_reached(); }),
               StartsWith("Params: no gradient has reached 2 of 4 parameters: 'second.weight', 'second.bias'; were "
                          "they used to compute the loss"));
    CHECK(text_of([&] { (params / "first").require_reached(); }).empty());
    (params / "second").freeze();
    CHECK(text_of([&] { params.require_reached(); }).empty());
}

TEST_CASE("nn load: by name, and by rules", "[nn]") {
    const nn::Params params(7), other(8);
    const Model model(params), target(other);
    const File file;
    file.put({{"model.encoder.weight", model.first.weight.value()},
              {"model.encoder.bias", model.first.bias.value()},
              {"model.w", model.second.weight.value()},
              {"model.second.bias", model.second.bias.value()}});
    const nn::LoadReport report = nn::load(
        other, file.path, {.rules = {{"model.encoder.*", "first.*"}, {"model.w", "second.weight"}, {"model.*", "*"}}});
    CHECK(report.complete());
    CHECK(report.loaded.size() == 4);
    CHECK(report.text() == "4 loaded");
    CHECK(elements(target(input).value()) == elements(model(input).value()));
    CHECK_THAT(text_of([&] {
                   nn::load(other, file.path, {.rules = {{"model.w", "x"}, {"model.second.bias", "x"}}});
               }),
               Containing("the rules make 'x' of both 'model.second.bias' and 'model.w'"));
}

TEST_CASE("nn load: all that does not fit is in one report, and then nothing is changed", "[nn]") {
    const nn::Params params(7);
    const Model model(params);
    const std::vector<double> before = elements(model(input).value());
    const File file;
    file.put({{"first.weight", filled({3, 2}, 1)},
              {"first.bias", filled({3}, 1)},
              {"head", filled({1}, 1)},
              {"second.bias", filled({1}, 5)}});
    const std::string text = text_of([&] { nn::load(params, file.path); });
    CHECK(
        text ==
        file.path.string() +
            ": does not fit the model, and nothing was changed: 2 loaded\n  missing in the file: second.weight (3, 1)\n"
            "  in the file, but no parameter: 'head'\n  another shape or type: first.weight (2, 3), in the file (3, "
            "2)");
    CHECK(elements(model(input).value()) == before);
    const nn::LoadReport report = nn::load(params, file.path, {.strict = false});
    CHECK(report.loaded == std::vector<std::string>{"first.bias", "second.bias"});
    CHECK(report.missing.size() == 1);
    CHECK(report.unexpected.size() == 1);
    CHECK(report.mismatched.size() == 1);
    CHECK(model.second.bias.value()(0) == 5);
    CHECK(elements(model(input).value()) != before);
    file.put({{"other", filled({1}, 1)}});
    CHECK_THAT(text_of([&] { nn::load(params, file.path, {.strict = false}); }),
               Containing("holds nothing of the model: 0 loaded"));
    CHECK_THROWS_AS(nn::load(params, file.path.string() + ".not"), FileError);
}

TEST_CASE("nn store: the summary lists every parameter with shape, numbers and MB, and their sum", "[nn]") {
    const nn::Params params(7);
    const Model model(params, 1000);
    CHECK(params.summary() ==
          "parameter                   shape      elements        MB\n"
          "first.weight            (2, 1000)          2000     0.008\n"
          "first.bias                 (1000)          1000     0.004\n"
          "second.weight           (1000, 1)          1000     0.004\n"
          "second.bias                   (1)             1     0.000\n"
          "total                                      4001     0.016\n");
}
