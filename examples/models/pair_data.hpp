#pragma once
// Pairs of texts, prepared: pairs of rows of pieces, mapped where they are many.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <fmt/format.h>
#include <heed/examples/models/pair_options.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/pair_batches.hpp>
#include <heed/nn/program/prepare.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::models {

// How an earlier run split the text, and the pieces that it learned; none: as the options say.
struct PairDataOptions {
    std::optional<Dim> cut = {};
    std::optional<std::vector<text::Bpe::Merge>> merges = {};
};

struct PairData {
    program::PreparedData prepared;  // the sources' rows end with the end marker
    std::vector<text::Bpe::Merge> merges;
    program::Examples train;  // before texts are left out for their length
    std::vector<text::TextPair> dev;
};

// Makes the prepared data of one configuration in passes over its two files.
class PairPreparation {
public:
    PairPreparation(const PairOptions& config, const PairDataOptions& options) : config_(config), options_(options) {}

    static void note_skipped(Dim skipped, Dim first, const std::string& source, const std::string& target) {
        if (skipped)
            fmt::print(stderr,
                       "{} lines of {} and {} are left out, since one of the two is empty; the first is line {}\n",
                       skipped, source, target, first);
    }

    PairData of(const program::Launch& launch) const {
        program::Preparation what{.kind = config_.kind.program, .files = {config_.source, config_.target}, .passes = 3};
        what.settings = {{"vocabulary", config_.vocabulary}, {"holds_out", config_.dev_source.empty()}};
        if (options_.cut) what.settings["cut"] = *options_.cut;
        if (options_.merges) what.settings["merges"] = *options_.merges;
        PairData data{program::prepare(launch, what, [&](program::Making& making) { return make(making); }),
                      {},
                      {},
                      {}};
        data.merges = data.prepared.note<std::vector<text::Bpe::Merge>>("merges");
        data.train = {data.prepared.note<Dim>("train"), data.prepared.note<std::uint64_t>("hash")};
        for (auto& [source, target] : data.prepared.note<std::vector<std::pair<std::string, std::string>>>("dev"))
            data.dev.push_back({std::move(source), std::move(target)});
        return data;
    }

private:
    text::PairStream pairs() const { return {config_.source, config_.target, config_.kind.longest_line}; }

    Dim count(program::Making& making) const {
        Dim n = 0;
        text::PairStream all = pairs();
        for (; all.next(); ++n) making.at(all.file_at());
        making.end_pass();
        note_skipped(all.skipped(), all.first_skipped(), config_.source, config_.target);
        if (n == 0) throw FileError(fmt::format("{} and {} hold no pair of texts", config_.source, config_.target));
        return n;
    }

    // How many of n pairs are trained on.
    Dim cut_of(Dim n) const {
        constexpr Dim most_held_out = 1000;
        if (!config_.dev_source.empty()) return n;
        if (options_.cut) return std::min(n, *options_.cut);
        if (n < 50)
            throw FileError(fmt::format(
                "{}: {} pairs are too few to hold out a fiftieth of them; give --dev-source and --dev-target",
                config_.source, n));
        return n - std::min(most_held_out, n / 50);
    }

    text::Bpe learn(Dim cut, program::Making& making) const {
        text::WordCounts words;
        text::PairStream all = pairs();
        for (Dim n = 0; n < cut && all.next(); ++n) {
            text::count_words(all.pair().source, words);
            text::count_words(all.pair().target, words);
            making.at(all.file_at());
        }
        making.end_pass();
        return text::learn_bpe(words, config_.vocabulary);
    }

    program::PreparedData make(program::Making& making) const {
        const Dim cut = cut_of(count(making));
        const text::Bpe bpe = options_.merges ? text::Bpe(*options_.merges) : learn(cut, making);
        data::PreparedWriter writer(making.path(), bpe.size());
        program::Examples train;
        std::vector<std::pair<std::string, std::string>> dev;
        for (text::PairStream all = pairs(); all.next(); making.at(all.file_at())) {
            const auto& [source, target] = all.pair();
            if (train.count == cut) {
                dev.emplace_back(source, target);
                continue;
            }
            train.add({source, target});
            writer.add(text::encode_source(bpe, source));
            writer.end_row();
            writer.add(bpe.encode(target));
            writer.end_row();
        }
        return making.finish(writer,
                             {{"merges", bpe.merges()}, {"train", train.count}, {"hash", train.hash}, {"dev", dev}});
    }

    const PairOptions& config_;
    const PairDataOptions& options_;
};

inline std::vector<text::TextPair> read_dev_files(const PairOptions& config) {
    text::TextPairs all = text::read_pairs(config.dev_source, config.dev_target, config.kind.longest_line);
    PairPreparation::note_skipped(all.skipped, all.first_skipped, config.dev_source, config.dev_target);
    return std::move(all.pairs);
}

// Reads the data of the configuration. If the dev pairs do not have files of their own, the text is cut after `cut`
// pairs, or before its last fiftieth where that is not given. Prints on standard error how many lines were left out.
// Throws FileError, IoError as PairStream and prepare() do.
inline PairData read_data(const PairOptions& config, const program::Launch& launch,
                          const PairDataOptions& options = {}) {
    PairData data = PairPreparation(config, {}).of(launch);
    const bool is_cut_there = !config.dev_source.empty() || options.cut.value_or(data.train.count) == data.train.count;
    if (!is_cut_there || options.merges.value_or(data.merges) != data.merges)
        data = PairPreparation(config, options).of(launch);
    if (!config.dev_source.empty()) data.dev = read_dev_files(config);
    return data;
}

inline void require_dev(const std::vector<text::TextPair>& dev, const PairOptions& config) {
    if (dev.empty())
        throw FileError(fmt::format("{}: holds no pairs behind those that the run trained on", config.source));
}

// The dev pairs alone; throws FileError for none.
inline std::vector<text::TextPair> read_dev(const PairOptions& config, const program::Launch& launch,
                                            std::optional<Dim> cut = {}) {
    std::vector<text::TextPair> dev =
        config.dev_source.empty() ? read_data(config, launch, {.cut = cut}).dev : read_dev_files(config);
    require_dev(dev, config);
    return dev;
}

// The pairs to train on: those of which no side has more than `longest` pieces, or, where sources are cut, the target
// has not. Prints how many were left out; throws FileError where all are.
inline data::RowPairs samples_of(const PairData& data, const PairOptions& config, Dim longest) {
    const data::RowPairs all(data.prepared.ids());
    std::vector<std::uint32_t> short_ones;
    for (std::size_t n = 0; n < all.size(); ++n)
        if (const auto [source, target] = all.lengths(n);
            (config.kind.cuts_sources || source <= longest + 1) && target <= longest)
            short_ones.push_back(static_cast<std::uint32_t>(n));
    if (short_ones.empty())
        throw FileError(
            fmt::format("{} and {}: every {} has more than {} pieces; give shorter ones or a larger --longest",
                        config.source, config.target, config.kind.too_long, longest));
    if (short_ones.size() < all.size())
        fmt::print(stderr, "{} pairs are left out, since {} has more than {} pieces\n", all.size() - short_ones.size(),
                   config.kind.cuts_sources ? fmt::format("the {}", config.kind.too_long) : "one of the two", longest);
    return {data.prepared.ids(), std::move(short_ones)};
}

}  // namespace heed::models
