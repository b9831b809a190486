#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/parallel.hpp>
#include <heed/core/version.hpp>
#include <heed/nn/training/interrupt.hpp>
#include <heed/nn/training/progress.hpp>
#include <heed/nn/training/result.hpp>
#include <heed/nn/schedule.hpp>
#include <heed/examples/pronounce/folder.hpp>
#include <heed/examples/pronounce/score.hpp>
#include <heed/examples/pronounce/search.hpp>
#include <heed/examples/pronounce/train.hpp>

namespace heed::pronounce {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Data {
    std::vector<Entry> train, dev, test;
    Vocabulary letters, phones;
};

Data load_data(const Config& config) {
    const std::vector<Entry> all = read_dictionary(config.data);
    Data data{select(all, Part::train), select(all, Part::dev), {}, letters_of(all), phones_of(all)};
    std::vector<Entry> test = select(all, Part::test);
    if (config.hold_out_test) data.test = std::move(test);
    else data.train.insert(data.train.end(), test.begin(), test.end());
    if (data.train.empty()) throw FileError(fmt::format("{}: has no words to train on", config.data));
    return data;
}

// The word and phone error rates of at most `most` entries.
Score measure(const Model& model, const Data& data, const std::vector<Entry>& entries, std::size_t most, Dim beam) {
    const std::vector<Entry> some(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(std::min(most, entries.size())));
    std::vector<PhoneIds> words;
    for (const Entry& entry : some) words.push_back(encode_word(data.letters, entry.word));
    std::vector<Phones> said;
    for (const PhoneIds& ids : pronounce(model, words, beam)) said.push_back(decode_phones(data.phones, ids));
    return score(some, said);
}

// A run and what it has reached; save() and load() carry exactly this.
class Run {
public:
    Run(Config c, std::filesystem::path f)
        : config(std::move(c)),
          folder(std::move(f)),
          data(load_data(config)),
          options{data.letters.size(), data.phones.size(), config.model, config.embedding, config.width, config.layers, config.heads, config.dropout},
          params(config.seed),
          model(params, options),
          adam(params, {.lr = config.lr}),
          batches(encode(data.train, data.letters, data.phones), config.batch, config.seed) {
        if (config.epochs > 0)
            config.steps = std::max<Dim>(1, static_cast<Dim>(std::llround(config.epochs * static_cast<double>(batches.per_epoch()))));
    }

    // One step of training; returns the mean loss over the phones, and how many words it saw.
    std::pair<double, double> advance() {
        const Batch batch = batches.at(step);
        Tape tape(Key{config.seed, static_cast<std::uint64_t>(step)});
        const Var loss = model.loss(batch, config.smoothing);
        const double value = static_cast<double>(loss.item());
        if (!std::isfinite(value)) explain(batch);
        tape.backward(loss);
        const double norm = nn::clip_gradients(params, config.clip);
        if (!std::isfinite(norm)) explain(batch);
        ++step;
        adam.set_lr(nn::WarmupCosine{.peak = config.lr,
                                     .warmup = config.warmup,
                                     .total = config.steps ? std::max(config.steps, config.warmup + 1) : std::numeric_limits<Dim>::max()}(step));
        adam.step();
        return {value, static_cast<double>(batch.size)};
    }

    void save() {
        nn::Checkpoint file;
        file.put("model.", params);
        file.put("adam.", adam);
        file.notes["step"] = std::to_string(step);
        file.notes["seconds"] = fmt::format("{}", seconds);
        file.save_keeping_previous(folder / "checkpoint.safetensors");
    }
    // Goes on from the folder's checkpoint; a run that was stopped before its first one starts over.
    std::string load() {
        std::string warning;
        if (!std::filesystem::exists(folder / "checkpoint.safetensors") && !std::filesystem::exists(folder / "checkpoint.safetensors.previous"))
            return warning;
        const nn::Checkpoint file = nn::Checkpoint::load_latest(folder / "checkpoint.safetensors", warning);
        file.get("model.", params);
        file.get("adam.", adam);
        step = std::stoll(file.note("step"));
        seconds = std::stod(file.note("seconds"));
        return warning;
    }

    Config config;
    std::filesystem::path folder;
    Data data;
    ModelOptions options;
    nn::Params params;
    Model model;
    nn::Adam adam;
    Batches batches;
    Dim step = 0;
    double seconds = 0;  // of training

private:
    // Runs the step again with checks, so that the error names the op and the layer that made the first NaN or Inf.
    [[noreturn]] void explain(const Batch& batch) {
        params.clear_gradients();
        const CheckNumbers check;
        Tape tape(Key{config.seed, static_cast<std::uint64_t>(step)});
        tape.backward(model.loss(batch, config.smoothing));
        throw NumberError(fmt::format(
            "step {}: the loss or the gradients' norm is not finite, though no op made a NaN or Inf: the gradients are too large to sum",
            step + 1));
    }
};

void append_log(const std::filesystem::path& folder, const nlohmann::ordered_json& line) {
    const std::string path = (folder / "log.jsonl").string(), text = line.dump() + "\n";
    std::FILE* file = std::fopen(path.c_str(), "a");
    const bool written = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (!file || (std::fclose(file) != 0) || !written) throw IoError(fmt::format("{}: cannot be written; is the disk full?", path));
}

constexpr std::size_t dev_words = 500;  // for the curve
constexpr Dim curve_points = 10;

// Fixes the number of steps once, from the speed of the first ones; written down, so that a resumed run keeps it.
void fix_steps(Run& run, Dim done, double elapsed) {
    const double left = run.config.minutes * 60 - elapsed;
    run.config.steps = std::max(run.step + 1, run.step + static_cast<Dim>(left * static_cast<double>(done) / elapsed));
    write_config(run.folder, run.config);
}

int loop(Run& run, double save_seconds) {
    training::Interrupt interrupt;
    training::Progress progress({.label = "train", .unit = "words", .total = run.config.steps, .first = run.step});
    Clock::time_point saved = Clock::now();
    Dim measured = 0;
    double elapsed = 0;
    while (run.config.steps == 0 || run.step < run.config.steps) {
        const Clock::time_point start = Clock::now();
        const auto [loss, words] = run.advance();
        const double took = seconds_since(start);
        run.seconds += took;
        progress.update(run.step, words, loss);
        if (run.config.steps == 0) {
            ++measured;
            elapsed += took;
            if (elapsed >= std::min(20.0, run.config.minutes * 6)) {
                fix_steps(run, measured, elapsed);
                progress.set_total(run.config.steps);
            }
        }
        const bool point = run.config.steps && run.step * curve_points / run.config.steps != (run.step - 1) * curve_points / run.config.steps;
        if (point && !run.data.dev.empty()) {
            const Score dev = measure(run.model, run.data, run.data.dev, dev_words, 1);
            progress.note(fmt::format("step {} after {:.1f} min: loss {:.3f}, word error {:.1f} %, phone error {:.1f} % on {} dev words", run.step,
                                      run.seconds / 60, loss, 100 * dev.word_error_rate(), 100 * dev.phone_error_rate(), dev.words));
            append_log(run.folder, {{"step", run.step},
                                    {"seconds", run.seconds},
                                    {"loss", loss},
                                    {"lr", run.adam.lr()},
                                    {"dev_wer", dev.word_error_rate()},
                                    {"dev_per", dev.phone_error_rate()}});
        }
        if (interrupt.requested()) {
            run.save();
            progress.finish();
            fmt::print(stderr, "stopped after step {}; saved. Go on with --resume --out {}\n", run.step, run.folder.string());
            return interrupt.exit_code();
        }
        if (seconds_since(saved) >= save_seconds && run.config.steps) {
            run.save();
            saved = Clock::now();
        }
    }
    progress.finish();
    return 0;
}

void finish(Run& run) {
    run.save();
    save_model(run.folder, run.params, run.options, run.data.letters, run.data.phones, run.data.train);
    const std::vector<Entry>& held_out = run.config.hold_out_test ? run.data.test : run.data.dev;
    if (held_out.empty()) {
        fmt::print("no words were held out of {}; measure the model with eval\nmodel: {}\n", run.config.data, run.folder.string());
        return;
    }
    const Score greedy = measure(run.model, run.data, held_out, held_out.size(), 1);
    const Score beam = measure(run.model, run.data, held_out, held_out.size(), 3);
    fmt::print("{} held-out words: word error {:.2f} % (beam 3: {:.2f} %), phone error {:.2f} % (beam 3: {:.2f} %)\n", greedy.words,
               100 * greedy.word_error_rate(), 100 * beam.word_error_rate(), 100 * greedy.phone_error_rate(), 100 * beam.phone_error_rate());
    training::write_result(run.folder / "result.json", {.metric = "wer",
                                                        .value = beam.word_error_rate(),
                                                        .seconds = run.seconds,
                                                        .parameters = run.params.count(),
                                                        .seed = run.config.seed,
                                                        .threads = threads(),
                                                        .version = HEED_VERSION,
                                                        .extra = {{"beam", std::int64_t{3}},
                                                                  {"wer_greedy", greedy.word_error_rate()},
                                                                  {"per", beam.phone_error_rate()},
                                                                  {"words", std::int64_t{beam.words}},
                                                                  {"steps", std::int64_t{run.step}},
                                                                  {"data", run.config.data}}});
    fmt::print("model: {}\n", run.folder.string());
}

}  // namespace

int train(Config config, const TrainOptions& options) {
    Run run(std::move(config), options.folder);
    if (options.resume) {
        const std::string warning = run.load();
        if (!warning.empty()) fmt::print(stderr, "warning: {}\n", warning);
        fmt::print(stderr, "going on after step {}\n", run.step);
    }
    write_config(options.folder, run.config);
    fmt::print(stderr, "{} words to train on, {} dev, {} test; {} parameters; {} threads\n", run.data.train.size(), run.data.dev.size(),
               run.data.test.size(), run.params.count(), threads());
    const int code = loop(run, options.save_seconds);
    if (code == 0) finish(run);
    return code;
}

}  // namespace heed::pronounce
