// The code of docs/use/arrays.md, run and checked. The second argument: a folder for files.
#include <filesystem>
#include <vector>
#include <heed/core/io/npy.hpp>
#include <heed/heed.hpp>
#include <heed/tests/snippets/check.hpp>
using namespace heed;

namespace {

// [pointer]
Array array_of(const Real* from, const Shape& shape) {  // copies shape.count() elements, the last axis without gaps
    Array y = Array::from_shape(shape);
    std::copy_n(from, shape.count(), y.data());
    return y;
}
// [eigen]
template <class Matrix>  // Eigen::MatrixXf and its like, of floats
Array from_eigen(const Matrix& m) {
    if constexpr (Matrix::IsRowMajor) return array_of(m.data(), {m.rows(), m.cols()});
    const Var columns = array_of(m.data(), {m.cols(), m.rows()});  // Eigen's default: they lie one after the other
    return transpose(columns).value();
}
// [end]

struct ColumnMajor {  // has what from_eigen() needs of Eigen::MatrixXf
    static constexpr bool IsRowMajor = false;
    std::vector<float> elements;
    Dim rows() const { return 2; }
    Dim cols() const { return 3; }
    const float* data() const { return elements.data(); }
};

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 2 ? argv[2] : "arrays";
    std::filesystem::create_directories(folder);
    // [made]
    const Array a = {{1, 2, 3}, {4, 5, 6}};  // (2, 3), floats
    const Ints labels = {0, 2, 1};           // (3): indices and labels are 64-bit integers
    Array zeros = filled({2, 3}, 0);
    zeros(1, 2) = 7;  // written to in place
    // [vector]
    const std::vector<float> in = {1, 2, 3, 4, 5, 6};
    const Array x = array_of(in.data(), {2, 3});
    const Var y = 2 * Var(x);         // a constant: heed computes on Vars
    const Array& values = y.value();  // shares the memory of y
    const std::vector<float> out(values.storage().begin(), values.storage().end());  // row by row
    const float* const pointer = values.data();                                      // valid while y lives
    // [end]
    check(x == a && labels(1) == 2 && zeros(1, 2) == 7, "made");
    check(out == std::vector<float>{2, 4, 6, 8, 10, 12} && pointer[5] == 12, "vector");
    const ColumnMajor matrix{{1, 4, 2, 5, 3, 6}};
    // [matrix]
    const Array from_matrix = from_eigen(matrix);  // matrix(i, j) is from_matrix(i, j)
    // [end]
    check(from_matrix == a, "eigen");
    // [npy]
    const std::string path = folder / "x.npy";
    io::write_npy(path, io::Dtype::F32, {2, 3}, x.data());  // numpy.load(path) reads it
    const io::NpyArray file = io::read_npy(path);           // of <f4 <f8 <i4 <i8 |u1 |b1
    const Array loaded = array_of(file.as<Real>().data(), file.shape);
    // [safetensors]
    nn::Checkpoint several;
    several.put("x", x);
    several.put("labels", labels);
    several.save(folder / "several.safetensors");
    const Array back = nn::Checkpoint::load(folder / "several.safetensors").array("x", {2, 3});
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
