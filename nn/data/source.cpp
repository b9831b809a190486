// Which file data came from.
#include <algorithm>
#include <vector>
#include <sys/stat.h>
#include <heed/core/base/random.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/source.hpp>

namespace heed::data {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A path without its folder, however that is written.
std::string_view name_below(std::string_view folder, std::string_view path) {
    std::string_view name = path.substr(path.starts_with(folder) ? folder.size() : path.rfind('/') + 1);
    while (name.starts_with('/')) name.remove_prefix(1);
    return name;
}

// Since 1970, when the file was modified.
std::int64_t nanoseconds(const struct ::stat& status) {
    return std::int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec;
}

}  // namespace

Source source_of(const std::string& path) {
    constexpr std::uint64_t blocks = 64, block = 4096;
    const io::InputFile file(path);
    struct ::stat status = {};
    if (::fstat(file.number(), &status) != 0) throw IoError(path + ": fstat failed");
    const std::uint64_t size = file.size(), last = size - std::min(size, block);
    std::vector<std::byte> bytes(std::min(size, block));
    TextHash hash;
    for (std::uint64_t i = 0; i < blocks; ++i) {
        file.read(last / (blocks - 1) * i + last % (blocks - 1) * i / (blocks - 1), bytes);
        hash.add(text_of(bytes));
    }
    return {size, nanoseconds(status), hash.value()};
}

Source source_of(const std::string& folder, std::span<const std::string> files) {
    constexpr std::size_t samples = 64;
    Source all;
    std::uint64_t times = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string& path = files[i];
        struct ::stat status = {};
        if (::stat(path.c_str(), &status) != 0) throw FileError(path + ": is not there, or cannot be read");
        const auto name = name_below(folder, path);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        all.size += size;
        all.sample = mix_bits(mix_bits(all.sample + hash_text(name)) + size);
        times = mix_bits(times + static_cast<std::uint64_t>(nanoseconds(status)));
        // Number i is sampled where a multiple of (files - 1) / (samples - 1) is between it and the next one.
        if (i * (samples - 1) % std::max<std::size_t>(1, files.size() - 1) < samples - 1)
            all.sample = mix_bits(all.sample + source_of(path).sample);
    }
    all.modified = static_cast<std::int64_t>(times);
    return all;
}

std::uint64_t content_hash(std::span<const std::string> files, const std::function<void(std::uint64_t)>& passed) {
    TextHash hash;
    std::vector<std::byte> block;
    for (const std::string& path : files) {
        const io::InputFile file(path);
        for (std::uint64_t at = 0; at < file.size(); at += block.size()) {
            block.resize(std::min<std::uint64_t>(1 << 20, file.size() - at));
            file.read(at, block);
            hash.add(text_of(block));
            if (passed) passed(block.size());
        }
    }
    return hash.value();
}

}  // namespace heed::data
