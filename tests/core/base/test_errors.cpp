// Texts of errors: whole, with the caller's file and line, and the same in every build.
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/npy.hpp>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

std::string here(unsigned line) { return std::string(__builtin_FILE()) + ":" + std::to_string(line); }

// The text without the file and line of the check, which may change.
std::string before_check(const std::string& text) { return text.substr(0, text.find("\n  checked in  ")); }

}  // namespace

TEST_CASE("errors: the whole text of a refusal", "[errors]") {
    const Var a(filled({8, 10, 32}, 1)), b(filled({8, 4, 16}, 1));
    const std::string text = text_of([&] { matmul(a, b); });
    const std::string position = here(__LINE__ - 1);
    CHECK(
        before_check(text) ==
        "matmul: argument 'b' has shape (8, 4, 16); expected (..., 32, m) because 'a' is (8, 10, 32)\n  called from " +
            position);
    CHECK_THAT(text, Containing("\n  checked in  ") && Containing("ops/product/matmul.cpp:"));
    CHECK_THROWS_AS(matmul(a, b), ShapeError);
}

TEST_CASE("errors: operators name the caller's line", "[errors]") {
    const Var a(filled({2, 3}, 1)), b(filled({2}, 1));
    const std::string text = text_of([&] { a + b; }), position = here(__LINE__);
    CHECK(before_check(text) ==
          "add: argument 'b' has shape (2); expected a shape that broadcasts with 'a' (2, 3)\n  called from " +
              position);
    CHECK_THAT(text_of([&] { a - b; }), StartsWith("subtract: argument 'b'"));
    CHECK_THAT(text_of([&] { a* b; }), StartsWith("multiply: argument 'b'"));
    CHECK_THAT(text_of([&] { a / b; }), StartsWith("divide: argument 'b'"));
}

TEST_CASE("errors: values that are not what was asked for", "[errors]") {
    const Var x(filled({2, 3}, 1));
    // Outside CHECK: compilers do not agree on the line of a call within a macro of several lines.
    std::string text = text_of([&] { x.item(); }), position = here(__LINE__);
    CHECK(before_check(text) == "item: argument 'x' has shape (2, 3); expected one element\n  called from " + position);
    text = text_of([&] { x.dim(2); }), position = here(__LINE__);
    CHECK(before_check(text) == "dim: axis 2 of a value of shape (2, 3)\n  called from " + position);
    CHECK(x.dim(-1) == 3);
    CHECK_THROWS_AS(x.dim(-3), RangeError);
    CHECK(before_check(text_of([&] { Var().value(); })) ==
          "an empty Var was used: it was default-constructed or moved from");
    Var from = Var(filled({}, 1));
    const Var to = std::move(from);
    CHECK_THROWS_AS(from.value(), TapeError);  // NOLINT: that is what is tested
    CHECK_THROWS_AS(x.freeze(), TapeError);
    CHECK_THROWS_AS(x.set_grad(filled({3, 2}, 1)), ShapeError);
}

TEST_CASE("errors: a gradient that never came", "[errors]") {
    const Var w = Var::leaf(filled({2}, 1), "first.weight");
    const std::string text = text_of([&] { w.grad(); }), position = here(__LINE__);
    CHECK(text ==
          "grad: no gradient has reached 'first.weight'; was it used to compute the loss, and backward() called since "
          "the last step of the optimizer?\n  called from " +
              position);
    CHECK_THROWS_AS(w.grad(), TapeError);
}

TEST_CASE("errors: texts are made only when a check fails", "[errors]") {
    int made = 0;
    const auto words = [&] { return std::to_string(++made); };
    expect(true, "op", "x", Shape{1}, words, Site::current());
    require(true, "op", words, Site::current());
    CHECK(made == 0);
    CHECK_THAT(text_of([&] { require(false, "op", words, Site::current()); }), StartsWith("op: 1\n  called from "));
    CHECK(to_string(Shape{}) == "()");
    CHECK(to_string(Shape{2, 3}) == "(2, 3)");
}

TEST_CASE("errors: what fails inside a layer names the line that called the outermost one", "[errors]") {
    const nn::Params p(1);
    const nn::Linear linear(p / "linear", 3, 2);
    const nn::Embedding embedding(p / "embedding", 5, 2);
    const nn::GRUCell cell(p / "cell", 3, 4);
    const nn::TransformerEncoder encoder(p / "encoder", 2, 8, 2);
    const Var x(filled({2, 4}, 1)), three(filled({2, 3}, 1)), h(filled({7, 4}, 1)), deep(filled({2, 5, 6}, 1));
    const auto names = [](const std::string& text, unsigned line) {
        CHECK_THAT(text, Containing("\n  called from " + here(line) + "\n  checked in  "));
    };
    names(text_of([&] { linear(x); }), __LINE__);
    names(text_of([&] { embedding(Ints{1, 9}); }), __LINE__);
    names(text_of([&] { cell(three, h); }), __LINE__);
    names(text_of([&] { encoder(deep); }), __LINE__);
    names(text_of([&] { matmul(x, x); }), __LINE__);  // and no scope is left
    CHECK_THAT(text_of([&] { linear(x); }), StartsWith("linear 'linear': "));
    CHECK_THAT(text_of([&] { encoder(deep); }), Containing(" 'encoder.layers.0.norm1'"));
}

TEST_CASE("errors: a check without a caller names none", "[errors]") {
    CHECK_THAT(text_of([] { expect(false, "sum_to", "x", Shape{1}, "more", Site{}); }),
               StartsWith("sum_to: argument 'x' has shape (1); expected more\n  checked in  "));
}

TEST_CASE("errors: texts are UTF-8, whatever bytes go into them", "[errors]") {
    CHECK(std::string(Error("a name \xff, cut off \xc3").what()) == "a name \\xff, cut off \\xc3");
    CHECK(std::string(FileError("näme \xf0\x9f\x99\x82, \xed\xa0\x80").what()) ==
          "näme \xf0\x9f\x99\x82, \\xed\\xa0\\x80");
    const std::string header = R"({"a":{"dtype":"F32)"
                               "\xff"
                               R"(","shape":[],"data_offsets":[0,4]}})";
    for (const std::string& name : {std::string("plain"), std::string("\xff\xfe")}) {
        const TemporaryFolder folder;
        const std::string path = folder / name;
        std::string bytes(8, '\0');
        bytes[0] = static_cast<char>(header.size());
        bytes += header + "1234";
        io::write_atomically(path, io::bytes_of(bytes));
        for (const std::string& text :
             {text_of([&] { io::SafetensorsReader reader(path); }), text_of([&] { io::read_npy(path); }),
              text_of([&] { io::read_npy(path + "/x\xff"); })}) {
            INFO(text);
            CHECK_FALSE(text.empty());
            CHECK(utf8::is_utf8(text));
        }
    }
}
