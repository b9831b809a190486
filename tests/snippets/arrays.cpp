// The code of docs/use/arrays.md, run and checked. The second argument: a folder for files.
#include <filesystem>
#include <iostream>
#include <vector>
#include <heed/core/io/npy.hpp>
#include <heed/heed.hpp>
#include <heed/tests/snippets/check.hpp>
using namespace heed;

namespace {

struct ColumnMajor {  // has what array_from() reads of Eigen::MatrixXf
    static constexpr bool IsVectorAtCompileTime = false;
    std::vector<float> elements;
    Dim rows() const { return 2; }
    Dim cols() const { return 3; }
    float operator()(Dim i, Dim j) const { return elements[static_cast<std::size_t>(2 * j + i)]; }
};

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 2 ? argv[2] : "arrays";
    std::filesystem::create_directories(folder);
    // [made]
    const Array a = {{1, 2, 3}, {4, 5, 6}};  // (2, 3), floats
    const Ints labels = {0, 2, 1};           // (3): indices and labels are 64-bit integers
    Array b = filled({2, 3}, 0);
    b(1, 2) = 7;  // written to in place
    const Var c = full({2, 3}, 0.5), identity = eye(3), times = linspace(0, 1, 11);
    // [random]
    const Key key{7};                              // a seed, and a step: Key{7, 1} gives other numbers
    const Var noise = randn({2, 3}, key);          // N(0, 1)
    const Var angles = uniform({8}, key, -1, 1);   // -1 <= x < 1
    const Ints dice = randint(1, 7, {2, 8}, key);  // 1 to 6
    const Ints order = permutation(8, key);        // 0 to 7, shuffled
    // [vector]
    const std::vector<float> in = {1, 2, 3, 4, 5, 6};
    const Array x = array_from(in, {2, 3});  // row by row; without a shape: one axis
    const Ints ids = ints_from(std::vector<int>{3, 1});
    const Array two_rows = array_from(in.data(), {2, 2});  // a pointer: the first four
    // [back]
    const Var y = 2 * Var(x);                     // a constant: heed computes on Vars
    const Array& values = y.value();              // shares the memory of y
    const std::vector<float> out = to_vector(y);  // row by row; of an Array, too
    const float* const pointer = values.data();   // valid while y lives
    // [parts]
    const Var row = y[1], element = y(0, -1);  // ops, with a gradient; -1: the last
    const float number = element.item();
    // [end]
    check(x == a && labels(1) == 2 && b(1, 2) == 7 && c(1, 1).item() == 0.5f && identity(2, 2).item() == 1 &&
              times.size() == 11,
          "made");
    check(noise.size() == 6 && max(angles).item() < 1 && dice(1, 7) >= 1 && order.shape() == Shape{8}, "random");
    check(out == std::vector<float>{2, 4, 6, 8, 10, 12} && pointer[5] == 12, "vector");
    check(ids(1) == 1 && two_rows(1, 1) == 4 && row(2).item() == 12 && number == 6, "parts");
    const ColumnMajor matrix{{1, 4, 2, 5, 3, 6}};
    // [matrix]
    const Array from_matrix = array_from(matrix);  // matrix(i, j) is from_matrix(i, j)
    // [end]
    check(from_matrix == a, "eigen");
    // [npy]
    const std::string path = folder / "x.npy";
    io::write_npy(path, io::Dtype::F32, {2, 3}, x.data());  // numpy.load(path) reads it
    const io::NpyArray file = io::read_npy(path);           // of <f4 <f8 <i4 <i8 |u1 |b1
    const Array loaded = array_from(file.as<Real>(), file.shape);
    // [safetensors]
    nn::Checkpoint several;
    several.put("x", x);
    several.put("labels", labels);
    several.save(folder / "several.safetensors");
    const Array back = nn::Checkpoint::load(folder / "several.safetensors").array("x", {2, 3});
    // [print]
    std::cout << x << "\n";                   // [[1, 2, 3], and below it [4, 5, 6]]: as NumPy prints
    fmt::print("{} {:.2f}\n", x.shape(), y);  // (2, 3), and y with two decimals
    // [gradient]
    const Var leaf = Var::leaf(x);  // collects a gradient
    Tape tape;
    tape.backward(sum(square(leaf)));
    const Array gradient = leaf.grad();  // (2, 3), an array as all others
    // [end]
    check(loaded == x && back == x, "files");
    check(gradient(0, 0) == 2 && gradient(1, 2) == 12, "gradient");
    return failures ? 1 : 0;
}
