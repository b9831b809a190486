// Reading and preparing parallel text.
#include <cstdio>
#include <fmt/format.h>
#include <heed/examples/translate/batches.hpp>
#include <heed/examples/translate/data.hpp>
#include <heed/nn/data/text/lines.hpp>

namespace heed::translate {
namespace {

constexpr Dim most_held_out = 1000;

void note_skipped(Dim skipped, Dim first, const std::string& source, const std::string& target) {
    if (skipped)
        fmt::print(stderr, "{} lines of {} and {} are left out, since one of the two is empty; the first is line {}\n",
                   skipped, source, target, first);
}

std::vector<Pair> read_dev_files(const Options& config) {
    text::Pairs all = text::read_pairs(config.dev_source, config.dev_target);
    note_skipped(all.skipped, all.first_skipped, config.dev_source, config.dev_target);
    return std::move(all.pairs);
}

// What passes over the pairs find: how many there are, and the words of those to train on.
Dim count_pairs(const Options& config, program::Making& making) {
    Dim n = 0;
    text::PairStream pairs(config.source, config.target);
    for (; pairs.next(); ++n) making.at(pairs.file_at());
    making.end_pass();
    note_skipped(pairs.skipped(), pairs.first_skipped(), config.source, config.target);
    if (n == 0) throw FileError(fmt::format("{} and {} hold no pair of sentences", config.source, config.target));
    return n;
}

Bpe learn(const Options& config, Dim cut, program::Making& making) {
    text::Words words;
    text::PairStream pairs(config.source, config.target);
    for (Dim n = 0; n < cut && pairs.next(); ++n) {
        text::count_words(pairs.pair().source, words);
        text::count_words(pairs.pair().target, words);
        making.at(pairs.file_at());
    }
    making.end_pass();
    return text::learn_bpe(words, config.vocabulary);
}

Dim cut_of(const Options& config, const DataOptions& options, Dim n) {
    if (!config.dev_source.empty()) return n;
    if (options.cut) return std::min(n, *options.cut);
    if (n < 50)
        throw FileError(
            fmt::format("{}: {} pairs are too few to hold out a fiftieth of them; give --dev-source and --dev-target",
                        config.source, n));
    return n - std::min(most_held_out, n / 50);
}

program::PreparedData make(const Options& config, const DataOptions& options, program::Making& making) {
    const Dim cut = cut_of(config, options, count_pairs(config, making));
    const Bpe bpe = options.merges ? Bpe(*options.merges) : learn(config, cut, making);
    data::PreparedWriter writer(making.path(), bpe.size());
    program::Examples train;
    std::vector<std::pair<std::string, std::string>> dev;
    for (text::PairStream pairs(config.source, config.target); pairs.next(); making.at(pairs.file_at())) {
        const auto& [source, target] = pairs.pair();
        if (train.count == cut) {
            dev.emplace_back(source, target);
            continue;
        }
        train.add({source, target});
        writer.add(encode_source(bpe, source));
        writer.end_row();
        writer.add(bpe.encode(target));
        writer.end_row();
    }
    return making.finish(writer,
                         {{"merges", bpe.merges()}, {"train", train.count}, {"hash", train.hash}, {"dev", dev}});
}

Data prepare(const Options& config, const program::Launch& launch, const DataOptions& options) {
    program::Preparation what{.kind = "translate", .files = {config.source, config.target}, .passes = 3};
    what.settings = {{"vocabulary", config.vocabulary}, {"holds_out", config.dev_source.empty()}};
    if (options.cut) what.settings["cut"] = *options.cut;
    if (options.merges) what.settings["merges"] = *options.merges;
    Data data{program::prepare(launch, what, [&](program::Making& making) { return make(config, options, making); }),
              {},
              {},
              {}};
    data.merges = data.prepared.note<std::vector<Bpe::Merge>>("merges");
    data.train = {data.prepared.note<Dim>("train"), data.prepared.note<std::uint64_t>("hash")};
    for (auto& [source, target] : data.prepared.note<std::vector<std::pair<std::string, std::string>>>("dev"))
        data.dev.push_back({std::move(source), std::move(target)});
    return data;
}

}  // namespace

Data read_data(const Options& config, const program::Launch& launch, const DataOptions& options) {
    Data data = prepare(config, launch, {});
    const bool is_cut_there = !config.dev_source.empty() || options.cut.value_or(data.train.count) == data.train.count;
    if (!is_cut_there || options.merges.value_or(data.merges) != data.merges) data = prepare(config, launch, options);
    if (!config.dev_source.empty()) data.dev = read_dev_files(config);
    return data;
}

std::vector<Pair> read_dev(const Options& config, const program::Launch& launch, std::optional<Dim> cut) {
    std::vector<Pair> dev =
        config.dev_source.empty() ? read_data(config, launch, {.cut = cut}).dev : read_dev_files(config);
    if (dev.empty())
        throw FileError(fmt::format("{}: holds no pairs behind those that the run trained on", config.source));
    return dev;
}

data::RowPairs samples_of(const Data& data, const Options& config) {
    const data::RowPairs all(data.prepared.ids());
    std::vector<std::uint32_t> short_ones;
    for (std::size_t n = 0; n < all.size(); ++n)
        if (const auto [source, target] = all.lengths(n); source <= config.longest + 1 && target <= config.longest)
            short_ones.push_back(static_cast<std::uint32_t>(n));
    if (short_ones.empty())
        throw FileError(
            fmt::format("{} and {}: every sentence has more than {} pieces; give shorter ones or a larger --longest",
                        config.source, config.target, config.longest));
    if (short_ones.size() < all.size())
        fmt::print(stderr, "{} pairs are left out, since one of the two has more than {} pieces\n",
                   all.size() - short_ones.size(), config.longest);
    return {data.prepared.ids(), std::move(short_ones)};
}

}  // namespace heed::translate
