#pragma once
// Training a model on spoken digits, and measuring it.
#include <heed/examples/frames/config.hpp>
#include <heed/nn/training/order.hpp>

namespace heed::frames {

inline constexpr int rate = 8000;  // samples a second; other clips are resampled

struct Spoken {
    std::vector<float> samples;  // at `rate`; the loudest is 1
    std::int64_t digit = 0;
};
std::vector<float> load_clip(const std::string& path);  // throws FileError

// The recordings to learn from and to measure by. Throws FileError for a speaker that there is none of, and where one of both is empty.
struct Data {
    std::vector<Spoken> train, dev;
};
Data read_data(const Config& config);

struct HEED_ABI Batch {
    Array features;  // (b, frames, bands), normalised; 0 behind a clip
    Ints lengths;    // (b): frames
    Ints digits;     // (b)
};

// Puts clips together; changed by `random` if there is one: speed, noise, masks.
class HEED_ABI Batcher {
public:
    explicit Batcher(const Config& config) : config_(config), mel_(config.mel()) {}
    Batch of(const std::vector<const Spoken*>& clips, const RandomStream* random = nullptr);

private:
    Array features_of(const Spoken& clip, const RandomStream* random);
    const Config& config_;
    LogMel mel_;
};

double accuracy(const Model& model, const std::vector<Spoken>& clips, const Config& config);

// Trains by fit() of <heed/nn/training/fit.hpp>, and writes result.json. Returns the program's exit code.
int train(Config config, const examples::RunPlace& place);

}  // namespace heed::frames
