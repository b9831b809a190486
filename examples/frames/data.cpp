// Reading the recordings of a task, split into train and dev, and drawing batches of them.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/frames/data.hpp>
#include <heed/examples/frames/prompts.hpp>
#include <heed/examples/frames/recordings.hpp>
#include <heed/examples/frames/task.hpp>

namespace heed::frames {
namespace {

std::vector<data::BatchSampler::Lengths> lengths_of(const std::vector<Utterance>& all) {
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Utterance& one : all) lengths.emplace_back(static_cast<Dim>(one.samples.size()), 0);
    return lengths;
}

// Adds a file's content, labels and speaker to the fingerprint of the data.
void add_file(program::Examples& files, const std::string& path, const Utterance& one) {
    const std::vector<std::byte> content = io::read_file(path, std::uint64_t{1} << 30);
    files.add({program::bytes_of(content), program::bytes_of(one.labels), one.speaker});
}

// Prompts without words, without an audio file, or too long are left out, and counted.
Data prompts_of(const Options& config, const std::vector<std::string>& dev_prompts) {
    constexpr double longest = 20;  // seconds: a long one makes its whole batch long
    const Task& task = task_of("prompts");
    Data data;
    data::Warnings warnings;
    std::size_t used = 0, wordless = 0, missing = 0, long_ones = 0;
    for (const Prompt& prompt : read_prompts(config.transcript)) {
        const std::filesystem::path path = std::filesystem::path(config.data) / (prompt.name + ".wav");
        const bool exists = std::filesystem::exists(path);
        wordless += prompt.text.empty();
        missing += !prompt.text.empty() && !exists;
        if (prompt.text.empty() || !exists) continue;
        Utterance one{load_samples(path.string(), {.longest = 600, .strict = config.strict, .warnings = &warnings}),
                      task.labels(prompt.text),
                      {}};
        if (static_cast<double>(one.samples.size()) > longest * rate) {
            ++long_ones;
            continue;
        }
        const bool tenth = ++used % 10 == 0,
                   kept_back = dev_prompts.empty() ? tenth : std::ranges::count(dev_prompts, prompt.name) > 0;
        if (kept_back) data.dev_prompts.push_back(prompt.name);
        add_file(kept_back ? data.dev_files : data.train_files, path.string(), one);
        (kept_back ? data.dev : data.train).push_back(std::move(one));
    }
    fmt::print(stderr, "left out: {} prompts without words, {} without an audio file, {} of more than {} seconds\n",
               wordless, missing, long_ones, longest);
    if (data.dev.empty())
        throw FileError(fmt::format("{}: {} prompts are left; expected at least ten with recordings in {}",
                                    config.transcript, used, config.data));
    return data;
}

Data digits_of(const Options& config) {
    Data data;
    data::Warnings warnings;
    for (const Recording& r : read_fsdd(config.data)) {
        const bool kept_back = config.leave.empty() ? r.index >= config.dev_index : r.speaker == config.leave;
        Utterance one{load_samples(r.path, {.strict = config.strict, .warnings = &warnings}), {r.digit}, r.speaker};
        add_file(kept_back ? data.dev_files : data.train_files, r.path, one);
        (kept_back ? data.dev : data.train).push_back(std::move(one));
    }
    const std::string what = config.leave.empty() ? fmt::format("index {} or more", config.dev_index)
                                                  : fmt::format("speaker '{}'", config.leave);
    if (data.dev.empty())
        throw FileError(fmt::format("{}: holds no recordings of {} to measure by", config.data, what));
    if (data.train.empty())
        throw FileError(fmt::format("{}: holds recordings of {} only, and none to learn from", config.data, what));
    return data;
}

}  // namespace

Data read_data(const Options& config, const program::RunData& run) {
    return read_data(config, run.made<std::vector<std::string>>("dev_prompts").value_or(std::vector<std::string>()));
}

Data read_data(const Options& config, const std::vector<std::string>& dev_prompts) {
    if (config.model.task == "prompts") return prompts_of(config, dev_prompts);
    Data data = digits_of(config);
    if (config.model.task == "strings") {
        const Strings strings(data.dev, config.strings());
        for (std::size_t i = 0; i < data.dev.size(); ++i)
            data.dev[i] = strings.draw(RandomStream(Key{0, i}, hash_text("frames/dev strings")));
    }
    return data;
}

TrainingSet::TrainingSet(const std::vector<Utterance>& recordings, const Options& config)
    : config_(config), recordings_(recordings),
      order_(lengths_of(recordings), {.batch = config.batch, .seed = config.seed}), per_epoch_(order_.per_epoch()) {
    if (config.model.task != "strings") return;
    const StringOptions options = config.strings();
    strings_.emplace(recordings, options);
    per_epoch_ =
        std::max<Dim>(1, 2 * static_cast<Dim>(recordings.size()) / (config.batch * (options.least + options.most)));
}

std::vector<Utterance> TrainingSet::at(Dim n) const {
    std::vector<Utterance> batch;
    if (!strings_) {
        for (const std::size_t i : order_.at(n)) batch.push_back(recordings_[i]);
        return batch;
    }
    // All strings of a batch have the same number of digits, so that little is padded.
    const Key key{config_.seed, static_cast<std::uint64_t>(n)};
    const Dim digits = strings_->length(RandomStream(key, hash_text("frames/length")));
    for (Dim i = 0; i < config_.batch; ++i)
        batch.push_back(
            strings_->draw(RandomStream(key, hash_text("frames/string") + static_cast<std::uint64_t>(i)), digits));
    return batch;
}

}  // namespace heed::frames
