// What several processes keep in parts.
#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <heed/nn/training/shards/join_parts.hpp>

namespace heed::training {
namespace {

using Parts = nn::Checkpoint::Parts;
struct Range {
    Dim begin, size;
};

constexpr std::size_t most_at_once = std::size_t{1} << 20;  // elements of a process

// Which elements of each array the process has: the number of parts, then the parts.
std::string ranges_in(const std::map<std::string, Parts>& all) {
    std::string text;
    const auto write = [&text](Dim n) { text.append(reinterpret_cast<const char*>(&n), sizeof n); };
    for (const auto& [name, parts] : all) {
        write(static_cast<Dim>(parts.list.size()));
        for (const auto& [begin, values] : parts.list) write(begin), write(count(values));
    }
    return text;
}

// Those of the next array in such a text.
std::vector<Range> next_ranges(std::string_view& text) {
    const auto read = [&text] {
        Dim n = 0;
        std::memcpy(&n, text.data(), sizeof n);
        text.remove_prefix(sizeof n);
        return n;
    };
    std::vector<Range> ranges(static_cast<std::size_t>(read()));
    for (Range& range : ranges) range.begin = read(), range.size = read();
    return ranges;
}

// Sends the elements of all processes to the leading one, which gets `most` of each, one process after the other.
std::vector<Real> to_leader(Group& group, std::vector<Real> mine, std::size_t most) {
    const auto processes = static_cast<std::size_t>(group.size());
    std::vector<Real> all(group.leads() ? most * processes : 0), received;
    mine.resize(most);
    for (std::size_t begin = 0; begin < most; begin += most_at_once) {
        const std::size_t n = std::min(most_at_once, most - begin);
        received.resize(group.leads() ? n * processes : 0);
        group.all_to_all(std::as_bytes(std::span(mine).subspan(begin, n)),
                         std::vector<std::size_t>(processes, n * sizeof(Real)),
                         std::as_writable_bytes(std::span(received)));
        for (std::size_t p = 0; group.leads() && p < processes; ++p)
            std::copy_n(received.data() + p * n, n, all.data() + p * most + begin);
    }
    return all;
}

}  // namespace

void join_parts(Group& group, nn::Checkpoint& file) {
    if (group.size() == 1) return;
    std::string names;
    for (const auto& [name, parts] : file.parts) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    group.require_same("the list of what processes keep in parts", names);
    group.require_same("the hash of what each process keeps of the optimiser as a whole",
                       fmt::format("{:016x}", file.hash()));
    const std::vector<std::string> texts = group.all_gather(ranges_in(file.parts));
    std::vector<std::string_view> left(texts.begin(), texts.end());
    const std::map<std::string, Parts> all = std::exchange(file.parts, {});
    for (const auto& [name, parts] : all) {
        std::vector<Real> mine;
        for (const auto& [begin, values] : parts.list)
            mine.insert(mine.end(), values.storage().begin(), values.storage().end());
        std::vector<std::vector<Range>> ranges;  // of each process
        std::size_t most = 0;
        for (std::string_view& text : left) {
            std::size_t elements = 0;
            for (const Range& range : ranges.emplace_back(next_ranges(text)))
                elements += static_cast<std::size_t>(range.size);
            most = std::max(most, elements);
        }
        const std::vector<Real> gathered = to_leader(group, std::move(mine), most);
        if (!group.leads()) continue;
        Array whole = Array::from_shape(parts.shape);
        for (std::size_t p = 0; p < ranges.size(); ++p) {
            const Real* from = gathered.data() + p * most;
            for (const Range& range : ranges[p]) {
                std::copy_n(from, range.size, whole.data() + range.begin);
                from += range.size;
            }
        }
        file.put(name, whole);
    }
}

}  // namespace heed::training
