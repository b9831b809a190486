#pragma once
// Using a trained model: measuring it, and saying what pictures show.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/examples/common/attend.hpp>
#include <heed/examples/patches/png.hpp>

namespace heed::patches {

// Prints how many pictures are right, by class, and the confusion matrix; of the dev pictures, or of the test set.
int evaluate(const std::filesystem::path& folder, bool test);

// Prints the most probable classes of each PNG file. With `attend`, a folder, draws there for each of them where the model looked, by
// inspect::roll_out, as red over the picture. A file that cannot be read or has another size is named, the others are still done; then the exit
// code is 65.
int predict(const std::filesystem::path& folder, const std::vector<std::string>& files, const std::filesystem::path& attend);

// Writes where the model looked in a PNG file. Throws FileError for one that cannot be read or has another size.
int attend(const examples::AttendOptions& options);

// The picture enlarged `scale` times, and over it in red the weights (rows, columns), relative to the largest. RGB.
Picture drawn_over(const Picture& picture, const std::vector<double>& weights, Dim rows, Dim columns, Dim scale);

}  // namespace heed::patches
