// Reading the recordings of a task, split into train and dev, and drawing batches of them.
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/frames/data.hpp>
#include <heed/nn/data/audio/speech/fsdd.hpp>
#include <heed/nn/data/audio/speech/prompts.hpp>

namespace heed::frames {
namespace {

using Names = std::vector<std::string>;

constexpr double longest_prompt = 20;  // seconds: a long one makes its whole batch long

// Recordings on their way into prepared data.
class Writing {
public:
    Writing(const Options& config, program::Making& making)
        : strict_(config.strict), making_(making),
          writer_(making.path(), static_cast<std::int64_t>(task_of(config.model.task).symbols.size()), io::Dtype::F32) {
    }

    std::vector<float> load(const std::string& path, double longest = 60) {
        making_.at(read_ += std::filesystem::file_size(path));
        return audio::load_samples(
            path,
            {.rate = rate, .longest = longest, .strict = strict_, .warnings = &warnings_, .cut_short = &cut_short_});
    }
    void add(const std::string& path, const Utterance& one, std::uint64_t index) {
        const std::uint64_t speaker = speakers_.try_emplace(one.speaker, speakers_.size()).first->second;
        const std::vector<std::byte> content = io::read_file(path, std::uint64_t{1} << 30);
        PreparedUtterances::write(writer_, one, {hash_text(program::bytes_of(content)), speaker, index});
    }
    program::PreparedData finish(nlohmann::json notes) {
        Names speakers(speakers_.size());
        for (const auto& [name, number] : speakers_) speakers[number] = name;
        notes["speakers"] = speakers;
        notes["warnings"] = warnings_.take();
        notes["cut_short"] = cut_short_;
        return making_.finish(writer_, std::move(notes));
    }

private:
    bool strict_;
    program::Making& making_;
    data::PreparedWriter writer_;
    data::Warnings warnings_;
    std::string cut_short_;
    std::uint64_t read_ = 0;  // bytes
    std::map<std::string, std::uint64_t> speakers_;
};

program::PreparedData prepare_digits(const Options& config, const program::Launch& launch) {
    const std::vector<audio::DigitRecording> all = audio::read_fsdd(config.data);
    program::Preparation what{.kind = "frames", .files = {}, .folder = config.data, .settings = "digits"};
    for (const audio::DigitRecording& r : all) what.files.push_back(r.path);
    return program::prepare(launch, what, [&](program::Making& making) {
        Writing writing(config, making);
        for (const audio::DigitRecording& r : all)
            writing.add(r.path, {writing.load(r.path), {r.digit}, r.speaker}, static_cast<std::uint64_t>(r.index));
        return writing.finish({});
    });
}

// Prompts without words, without an audio file, or too long are left out, and counted.
program::PreparedData prepare_prompts(const Options& config, const program::Launch& launch) {
    const Task& task = task_of("prompts");
    program::Preparation what{.kind = "frames", .files = {config.transcript}, .folder = config.data};
    what.settings = "prompts";
    std::vector<audio::Prompt> prompts;  // with words and a recording
    std::size_t wordless = 0, missing = 0;
    for (audio::Prompt& prompt : audio::read_prompts(config.transcript)) {
        const std::filesystem::path path = std::filesystem::path(config.data) / (prompt.name + ".wav");
        const bool exists = std::filesystem::exists(path);
        wordless += prompt.text.empty();
        missing += !prompt.text.empty() && !exists;
        if (prompt.text.empty() || !exists) continue;
        what.files.push_back(path.string());
        prompts.push_back(std::move(prompt));
    }
    return program::prepare(launch, what, [&](program::Making& making) {
        Writing writing(config, making);
        Names names;
        for (std::size_t i = 0; i < prompts.size(); ++i) {
            const std::string& path = what.files[i + 1];
            const Utterance one{writing.load(path, 600), task.labels(prompts[i].text), {}};
            if (static_cast<double>(one.samples.size()) > longest_prompt * rate) continue;
            writing.add(path, one, 0);
            names.push_back(prompts[i].name);
        }
        const std::size_t long_ones = prompts.size() - names.size();
        return writing.finish({{"names", names}, {"left_out", {wordless, missing, long_ones}}});
    });
}

// Which rows are kept back; also the names of those of prompts.
std::vector<bool> kept_back_of(const Options& config, const program::PreparedData& prepared, Names& dev_prompts) {
    const data::Prepared& rows = prepared.ids();
    std::vector<bool> kept_back;
    if (config.model.task != "prompts") {
        const Names speakers = prepared.note<Names>("speakers");
        for (Dim n = 0; n < rows.rows(); ++n)
            kept_back.push_back(config.leave.empty()
                                    ? static_cast<std::int64_t>(rows.number(n, PreparedUtterances::index)) >=
                                          config.dev_index
                                    : speakers.at(rows.number(n, PreparedUtterances::speaker)) == config.leave);
        return kept_back;
    }
    const std::set<std::string> known(dev_prompts.begin(), dev_prompts.end());
    dev_prompts.clear();
    for (const std::string& name : prepared.note<Names>("names")) {
        kept_back.push_back(known.empty() ? kept_back.size() % 10 == 9 : known.contains(name));
        if (kept_back.back()) dev_prompts.push_back(name);
    }
    return kept_back;
}

// Throws FileError where one of both parts is empty.
void require_both(const Options& config, std::size_t train, std::size_t dev) {
    if (config.model.task == "prompts") {
        if (dev == 0)
            throw FileError(fmt::format("{}: {} prompts are left; expected at least ten with recordings in {}",
                                        config.transcript, train, config.data));
        return;
    }
    const std::string what = config.leave.empty() ? fmt::format("index {} or more", config.dev_index)
                                                  : fmt::format("speaker '{}'", config.leave);
    if (dev == 0) throw FileError(fmt::format("{}: holds no recordings of {} to measure by", config.data, what));
    if (train == 0)
        throw FileError(fmt::format("{}: holds recordings of {} only, and none to learn from", config.data, what));
}

// What was found while the data were prepared, perhaps by an earlier run.
void report(const Options& config, const program::PreparedData& prepared) {
    const auto cut_short = prepared.note<std::string>("cut_short");
    if (config.strict && !cut_short.empty()) throw FileError(cut_short);
    fmt::print(stderr, "{}", utf8::escaped(prepared.note<std::string>("warnings")));
    if (config.model.task != "prompts") return;
    const auto [wordless, missing, long_ones] = prepared.note<std::array<std::size_t, 3>>("left_out");
    fmt::print(stderr, "left out: {} prompts without words, {} without an audio file, {} of more than {} seconds\n",
               wordless, missing, long_ones, longest_prompt);
}

}  // namespace

Data read_data(const Options& config, const program::Launch& launch, const program::RunData& run) {
    return read_data(config, launch, run.made<Names>("dev_prompts").value_or(Names()));
}

Data read_data(const Options& config, const program::Launch& launch, const Names& dev_prompts) {
    const program::PreparedData prepared =
        config.model.task == "prompts" ? prepare_prompts(config, launch) : prepare_digits(config, launch);
    report(config, prepared);
    const data::Prepared& rows = prepared.ids();
    const Names speakers = prepared.note<Names>("speakers");
    Names names = dev_prompts;
    const std::vector<bool> kept_back = kept_back_of(config, prepared, names);
    std::vector<std::uint32_t> train, dev;
    program::Examples train_files, dev_files;
    for (std::uint32_t n = 0; n < kept_back.size(); ++n) {
        (kept_back[n] ? dev : train).push_back(n);
        const Labels labels = rows.row(n).vector();
        (kept_back[n] ? dev_files : train_files)
            .add_hashed({rows.number(n, PreparedUtterances::content), hash_text(program::bytes_of(labels)),
                         hash_text(PreparedUtterances::speaker_of(rows, speakers, n))});
    }
    require_both(config, train.size(), dev.size());
    const PreparedUtterances recordings(rows, speakers, std::move(dev));
    Data data{PreparedUtterances(rows, speakers, std::move(train)), recordings, train_files, dev_files,
              std::move(names)};
    if (config.model.task == "strings")
        data.dev =
            Utterances(recordings.size(), [strings = audio::Strings(recordings, config.strings())](std::size_t i) {
                return strings.draw(RandomStream(Key{0, i}, hash_text("frames/dev strings")));
            });
    return data;
}

TrainingSet::TrainingSet(const PreparedUtterances& recordings, const Options& config)
    : config_(config), recordings_(recordings),
      order_(recordings.size(),
             [&recordings](std::size_t n) { return data::BatchSampler::Lengths(recordings.samples(n), 0); },
             {.batch = config.batch, .seed = config.seed}),
      per_epoch_(order_.per_epoch()) {
    if (config.model.task != "strings") return;
    const audio::StringOptions options = config.strings();
    strings_.emplace(recordings, options);
    per_epoch_ =
        std::max<Dim>(1, 2 * static_cast<Dim>(recordings.size()) / (config.batch * (options.least + options.most)));
}

Dim TrainingSet::size(Dim n) const { return strings_ ? config_.batch : std::ssize(order_.at(n)); }

std::vector<Utterance> TrainingSet::at(Dim n, data::Shard shard) const {
    std::vector<Utterance> batch;
    if (!strings_) {
        for (const std::size_t i : order_.at(n, shard)) batch.push_back(recordings_[i]);
        return batch;
    }
    // All strings of a batch have the same number of digits, so that little is padded.
    const Key key{config_.seed, static_cast<std::uint64_t>(n)};
    const Dim digits = strings_->length(RandomStream(key, hash_text("frames/length")));
    for (Dim i = shard.begin(config_.batch); i < shard.end(config_.batch); ++i)
        batch.push_back(
            strings_->draw(RandomStream(key, hash_text("frames/string") + static_cast<std::uint64_t>(i)), digits));
    return batch;
}

}  // namespace heed::frames
