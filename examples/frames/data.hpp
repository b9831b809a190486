#pragma once
// What a run learns from, and what it is measured by.
#include <optional>
#include <heed/examples/common/run_data.hpp>
#include <heed/examples/frames/config.hpp>
#include <heed/examples/frames/strings.hpp>
#include <heed/nn/training/order.hpp>

namespace heed::frames {

struct Data {
    std::vector<Utterance> train;  // recordings
    std::vector<Utterance> dev;    // recordings, or as many strings of such that are not in `train`: the same for every run
    examples::Examples train_files, dev_files;  // which recordings these are of
    std::vector<std::string> dev_prompts;       // the names of those that are kept back
};
// Of prompts, those named in `dev_prompts` are kept back, or where there are none every tenth. Throws FileError for recordings that cannot be
// read, for a speaker that there is none of, and where one of both parts would be empty.
Data read_data(const Config& config, const std::vector<std::string>& dev_prompts = {});
Data read_data(const Config& config, const examples::RunData& run);  // split as the run was

// The batches of a run: a function of the seed and of their number, so that threads and a resumed run change nothing.
class HEED_ABI TrainingSet {
public:
    TrainingSet(const std::vector<Utterance>& recordings, const Config& config);
    Dim per_epoch() const { return per_epoch_; }  // batches, in which as many digits are heard as there are recordings
    std::vector<Utterance> at(Dim n) const;

private:
    const Config& config_;
    const std::vector<Utterance>& recordings_;
    training::BatchOrder order_;
    std::optional<Strings> strings_;
    Dim per_epoch_;
};

}  // namespace heed::frames
