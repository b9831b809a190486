#pragma once
// What is measured of examples, some at a time: the processes of a group share it, and all get all of it.
#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>
#include <heed/nn/data/shard.hpp>
#include <heed/nn/decode/beam.hpp>
#include <heed/nn/training/run/group.hpp>
#include <heed/nn/training/run/progress.hpp>

namespace heed::training {

// Sums over examples, of so many `values`: of(begin, end, to) adds those of the examples from `begin` to before `end`,
// `at_once` or fewer, to zeros, and these parts are added in the order of examples. So the sums are the same for any
// group. `progress` counts, in each process, the examples that it measures itself, each of so many `units`. Throws as
// Group::together().
inline std::vector<double> sum_over_examples(Group& group, Dim examples, Dim at_once, std::size_t values,
                                             FunctionRef<void(Dim begin, Dim end, std::span<double> to)> of,
                                             Progress* progress = nullptr, double units = 1) {
    const Dim pieces = (examples + at_once - 1) / at_once;
    const data::Shard mine{group.rank(), group.size()};
    const Dim first = mine.begin(pieces) * at_once;
    if (progress) progress->set_total(std::min(mine.end(pieces) * at_once, examples) - first);
    const std::vector<double> parts = group.share_out(pieces, values, [&](Dim piece, std::span<double> to) {
        const Dim begin = piece * at_once, end = std::min(begin + at_once, examples);
        of(begin, end, to);
        if (progress) progress->update(end - first, static_cast<double>(end - begin) * units, 0);
    });
    std::vector<double> sums(values);
    for (std::size_t i = 0; i < parts.size(); ++i) sums[i % values] += parts[i];
    return sums;
}

// Rows of elements, such as the symbols of texts or what is found in images. Each batch is the indices of some rows,
// which `of` makes together: of(batch) gives them in its order, and each row is in one batch. Every process makes some
// of the batches, those of its rank, rank + processes, ..., since batches are often sorted by length. Throws as
// Group::together().
template <class Batches, class Of>
auto share_rows(Group& group, const Batches& batches, Of of) {
    using Rows = std::remove_cvref_t<decltype(of(*std::begin(batches)))>;
    using Element = typename Rows::value_type::value_type;
    static_assert(std::is_trivially_copyable_v<Element>, "rows are sent by their bytes");
    std::size_t count = 0;
    for (const auto& batch : batches) count += batch.size();
    Rows rows(count);
    const auto processes = static_cast<std::size_t>(group.size());
    const auto visit_batches_of = [&](std::size_t rank, auto visit) {
        for (std::size_t b = rank; b < batches.size(); b += processes) visit(batches[b]);
    };
    std::string mine;
    group.together([&] {
        visit_batches_of(static_cast<std::size_t>(group.rank()), [&](const auto& batch) {
            Rows made = of(batch);
            for (std::size_t k = 0; k < batch.size(); ++k) {
                auto& row = rows.at(static_cast<std::size_t>(batch[k]));
                row = std::move(made.at(k));
                if (processes == 1) continue;
                const std::size_t size = row.size();
                mine.append(reinterpret_cast<const char*>(&size), sizeof size);
                mine.append(reinterpret_cast<const char*>(row.data()), size * sizeof(Element));
            }
        });
    });
    if (processes == 1) return rows;
    const std::vector<std::string> sent = group.all_gather(mine);
    for (std::size_t rank = 0; rank < processes; ++rank) {
        const char* from = sent[rank].data();
        visit_batches_of(rank, [&](const auto& batch) {
            for (const auto i : batch) {
                std::size_t size = 0;
                std::memcpy(&size, from, sizeof size);
                auto& row = rows[static_cast<std::size_t>(i)];
                row.resize(size);
                if (size > 0) std::memcpy(row.data(), from + sizeof size, size * sizeof(Element));
                from += sizeof size + size * sizeof(Element);
            }
        });
    }
    return rows;
}

// As nn::beam_decode(), whose batches the processes share.
template <class Model, class Longest>
std::vector<std::vector<std::int64_t>> beam_decode(Group& group, const Model& model,
                                                   const std::vector<std::vector<std::int64_t>>& sources,
                                                   std::int64_t padding, Longest longest,
                                                   const nn::BeamOptions& options, Dim at_once,
                                                   Site at = Site::current()) {
    return share_rows(group, nn::by_length(sources, at_once, at), [&](std::span<const std::size_t> batch) {
        return nn::beam_decode_batch(model, sources, batch, padding, longest, options, at);
    });
}

}  // namespace heed::training
