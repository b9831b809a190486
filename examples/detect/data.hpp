#pragma once
// The training and held-out images of a run with their boxes.
#include <heed/examples/detect/options.hpp>
#include <heed/nn/data/image/box_files.hpp>

namespace heed::detect {

struct Data {
    image::BoxedImages train, val;
};
// `known` are the classes of the run, if it has begun. Throws FileError.
Data read_data(const Options& config, const std::vector<std::string>& known = {});
// Those held out, or of `boxes`, to measure a trained model; throws FileError, also for images of another size.
image::BoxedImages read_held_out(const Options& config, const ModelOptions& model, const std::string& boxes);
void set_from_data(const Data& data, Options& config);  // sets the sizes, the classes, mean, deviation and object

}  // namespace heed::detect
