#pragma once
// What a training run was asked to do, and what it found in its data; written to its folder, and read again by --resume, eval and predict.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>
#include <heed/examples/common/run.hpp>
#include <heed/examples/patches/model.hpp>
#include <heed/examples/patches/pictures.hpp>

namespace heed::patches {

inline constexpr const char* default_data = "/usr/share/datasets/fashion-mnist";

struct HEED_ABI Config : examples::RunConfig {
    std::string data = default_data;
    Dim dev = 10000;           // of IDX files: the last so many pictures of "train" are kept back
    ModelOptions model;
    AugmentOptions augment{.shift = 1, .flip = true, .erase = 0};
    Dim batch = 128;
    double lr = 2e-3;
    Dim warmup = 200;
    double decay = 0.05;
    double smoothing = 0.05;
    double ema = 0.998;
    std::string classes;       // from the data: their names as a JSON list; see class_names()
    double mean = 0, deviation = 1;

    training::Fields fields();  // of this object
    std::vector<std::string> class_names() const;
};

// The pictures to learn from and to measure by. DATA holds pairs of IDX files, which are cut after `cut` pictures or before the last `dev`, or
// train/CLASS/*.png and dev/CLASS/*.png.
struct Data {
    Pictures train, dev;
};
// Classes of folders are those `known`, such as a run's, where there are some. Throws FileError.
Data read_data(const Config& config, std::optional<Dim> cut = {}, const std::vector<std::string>& known = {});
// What a trained model is measured by: the dev pictures, or the test set, t10k or test/CLASS/*.png. Classes are the model's, by name, and not each
// need be there. Throws FileError for a class that it does not know, and for pictures of another size than it takes.
Pictures read_held_out(const Config& config, bool test, std::optional<Dim> cut = {});
void look_at(const Data& data, Config& config);  // sets the sizes, the classes, mean and deviation

}  // namespace heed::patches
