// The processes that train one model together.
#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <numeric>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/shard.hpp>
#include <heed/nn/training/run/folder.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::training {
namespace {

// The kinds of errors that keep theirs in other processes, the more special ones first.
template <class... Kinds>
struct ErrorKinds {
    // From 1; 0 for none of them.
    static std::size_t of(const std::exception& e) {
        const std::array<bool, sizeof...(Kinds)> is{(dynamic_cast<const Kinds*>(&e) != nullptr)...};
        const auto found = std::ranges::find(is, true);
        return found == is.end() ? 0 : static_cast<std::size_t>(found - is.begin()) + 1;
    }
    [[noreturn]] static void raise(std::size_t kind, const std::string& text) {
        std::size_t i = 0;
        (..., (++i == kind ? throw Kinds(text) : void()));
        throw Error(text);
    }
};
using Known = ErrorKinds<FolderError, IoError, FileError, NumberError, RangeError>;

std::vector<std::size_t> equal_ends(std::size_t each, int processes) {
    std::vector<std::size_t> ends;
    for (int p = 0; p < processes; ++p) ends.push_back(each * static_cast<std::size_t>(p + 1));
    return ends;
}

}  // namespace

std::vector<double> Group::all_gather(std::span<const double> mine) {
    std::vector<double> all(mine.size() * static_cast<std::size_t>(size()));
    std::ranges::copy(mine, all.begin() + static_cast<std::ptrdiff_t>(mine.size()) * rank());
    share_parts(std::as_writable_bytes(std::span(all)), equal_ends(mine.size_bytes(), size()));
    return all;
}

std::vector<std::string> Group::all_gather(const std::string& mine) {
    const auto length = static_cast<double>(mine.size());
    const std::vector<double> lengths = all_gather(std::span(&length, 1));
    std::vector<std::size_t> ends;
    for (const double l : lengths) ends.push_back((ends.empty() ? 0 : ends.back()) + static_cast<std::size_t>(l));
    std::string joined(ends.back(), '\0');
    const std::size_t r = static_cast<std::size_t>(rank());
    std::ranges::copy(mine, joined.begin() + static_cast<std::ptrdiff_t>(ends[r] - mine.size()));
    share_parts(std::as_writable_bytes(std::span(joined)), ends);
    std::vector<std::string> texts;
    for (std::size_t p = 0, from = 0; p < ends.size(); from = ends[p++])
        texts.push_back(joined.substr(from, ends[p] - from));
    return texts;
}

double Group::of_leader(double value) { return all_gather(std::span(&value, 1)).front(); }

void Group::require_same(std::string_view what, const std::string& mine) {
    const std::vector<std::string> all = all_gather(mine);
    const auto other = std::ranges::find_if(all, [&](const std::string& text) { return text != all.front(); });
    if (other == all.end()) return;
    throw Error(fmt::format("{} of rank {} is {}, of rank 0 {}; expected the same in all {} processes", what,
                            other - all.begin(), *other, all.front(), all.size()));
}

std::vector<double> Group::share_out(Dim pieces, std::size_t numbers, FunctionRef<void(Dim, std::span<double>)> of) {
    std::vector<double> all(static_cast<std::size_t>(pieces) * numbers);
    std::vector<std::size_t> ends;
    for (int p = 0; p < size(); ++p)
        ends.push_back(static_cast<std::size_t>(data::Shard{p, size()}.end(pieces)) * numbers * sizeof(double));
    const data::Shard mine{rank(), size()};
    together([&] {
        for (Dim i = mine.begin(pieces); i < mine.end(pieces); ++i)
            of(i, std::span(all).subspan(static_cast<std::size_t>(i) * numbers, numbers));
    });
    share_parts(std::as_writable_bytes(std::span(all)), ends);
    return all;
}

void Group::together(FunctionRef<void()> act) {
    if (size() == 1) return act();
    std::exception_ptr thrown;
    std::string text;
    double kind = -1;  // none was thrown
    try {
        act();
    } catch (const ExchangeStopped&) {  // by an error in another process, which has the text
        stop_exchanges();
    } catch (const std::exception& e) {
        thrown = std::current_exception();
        text = e.what();
        kind = static_cast<double>(Known::of(e));
        stop_exchanges();
    }
    const std::vector<double> kinds = all_gather(std::span(&kind, 1));
    const auto first = std::ranges::find_if(kinds, [](double k) { return k >= 0; });
    if (first == kinds.end()) return;
    const std::vector<std::string> texts = all_gather(text);
    if (thrown) std::rethrow_exception(thrown);
    const auto rank = first - kinds.begin();
    Known::raise(static_cast<std::size_t>(*first),
                 fmt::format("rank {}: {}", rank, texts[static_cast<std::size_t>(rank)]));
}

void Group::by_leader(FunctionRef<void()> act) {
    together([&] {
        if (leads()) act();
    });
}

std::unique_ptr<Group::Transfer> Group::begin_all_to_all(std::span<const std::byte> send, std::span<const std::size_t>,
                                                         std::span<std::byte> receive) {
    std::ranges::copy(send, receive.begin());
    return std::make_unique<Transfer>();
}

std::unique_ptr<Group::Transfer> Group::begin_share_parts(std::span<std::byte>, std::span<const std::size_t>) {
    return std::make_unique<Transfer>();
}

Group& one_process() {
    static Group group;
    return group;
}

}  // namespace heed::training
