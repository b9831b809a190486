#pragma once
// The training and dev sets of a run: recordings are prepared once, and mapped where they are many.
#include <optional>
#include <heed/examples/frames/options.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/program/prepare.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::frames {

struct Data {
    PreparedUtterances train;
    Utterances dev;  // recordings, or as many strings of those not in `train`; the same in every run
    program::Examples train_files, dev_files;  // which recordings these are of
    std::vector<std::string> dev_prompts;      // the names of those that are kept back
};
// Of prompts, those named in `dev_prompts` are kept back, or every tenth if it is empty. Throws FileError for
// recordings that cannot be read, for a speaker without recordings, and where one of both parts would be empty; and as
// prepare() does.
Data read_data(const Options& config, const program::Launch& launch, const std::vector<std::string>& dev_prompts = {});
Data read_data(const Options& config, const program::Launch& launch,
               const program::RunData& run);  // split as the run was

// The batches of a run: a function of the seed and of their number, so that threads and a resumed run change nothing.
class HEED_ABI TrainingSet {
public:
    TrainingSet(const PreparedUtterances& recordings, const Options& config);
    Dim per_epoch() const { return per_epoch_; }  // batches that hold as many digits as there are recordings
    Dim size(Dim n) const;                        // utterances of batch n
    std::vector<Utterance> at(Dim n, data::Shard shard = {}) const;

private:
    const Options& config_;
    const PreparedUtterances& recordings_;
    data::BatchSampler order_;
    std::optional<audio::Strings> strings_;
    Dim per_epoch_;
};

}  // namespace heed::frames
