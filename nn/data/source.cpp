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
    const auto& time = status.st_mtim;
    return {size, std::int64_t{time.tv_sec} * 1000000000 + time.tv_nsec, hash.value()};
}

std::uint64_t content_hash(const std::string& path, const std::function<void(std::uint64_t)>& passed) {
    const io::InputFile file(path);
    std::vector<std::byte> block(std::min<std::uint64_t>(file.size(), 1 << 20));
    TextHash hash;
    for (std::uint64_t at = 0; at < file.size(); at += block.size()) {
        block.resize(std::min<std::uint64_t>(block.size(), file.size() - at));
        file.read(at, block);
        hash.add(text_of(block));
        if (passed) passed(block.size());
    }
    return hash.value();
}

}  // namespace heed::data
