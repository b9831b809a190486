#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <zlib.h>
#include <fmt/format.h>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/patches/idx.hpp>

namespace heed::patches {
namespace {

constexpr std::uint64_t most_unpacked = 1032;  // bytes that deflate can make of one

struct Close {
    void operator()(::gzFile file) const { ::gzclose(file); }
};

// A file's bytes, unpacked where they are packed.
class Unpacked {
public:
    explicit Unpacked(const std::string& path) : file_(path), stream_(::gzopen(path.c_str(), "rb")) {
        if (!stream_) throw IoError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
    }
    std::uint64_t at() const { return at_; }

    // The most bytes that may follow.
    std::uint64_t most_left() const { return ::gzdirect(stream_.get()) ? file_.size() - at_ : file_.size() * most_unpacked; }

    std::size_t read(std::span<std::uint8_t> to) {
        std::size_t done = 0;
        while (done < to.size()) {
            const int n = ::gzread(stream_.get(), to.data() + done, static_cast<unsigned>(std::min<std::size_t>(to.size() - done, 1 << 30)));
            if (n < 0) fail();
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        at_ += done;
        if (done < to.size()) {
            int code = Z_OK;
            ::gzerror(stream_.get(), &code);  // a gzip file that is cut short
            if (code != Z_OK) fail();
        }
        return done;
    }
    [[noreturn]] void refuse(const std::string& text) const { io::refuse_file(file_.path(), io::at_byte(at_), text); }

private:
    [[noreturn]] void fail() {
        int code = Z_OK;
        const char* text = ::gzerror(stream_.get(), &code);
        if (code == Z_ERRNO) throw IoError(fmt::format("{}: reading failed: {}", file_.path(), std::strerror(errno)));
        refuse(fmt::format("cannot be unpacked: {}; is it complete?", text));
    }

    io::InputFile file_;  // refuses what is no regular file
    std::unique_ptr<::gzFile_s, Close> stream_;
    std::uint64_t at_ = 0;
};

std::uint32_t big_endian(std::span<const std::uint8_t, 4> bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

std::uint32_t next_number(Unpacked& file) {
    std::uint8_t bytes[4] = {};
    if (file.read(bytes) != sizeof bytes) file.refuse("the file ends inside its header; is it complete?");
    return big_endian(bytes);
}

}  // namespace

Idx read_idx(const std::string& path, std::uint64_t most) {
    Unpacked file(path);
    const std::uint32_t magic = next_number(file), axes = magic & 0xFF;
    if (magic >> 8 != 0x08) file.refuse(fmt::format("begins with {:08x}; expected 000008 and the number of axes: an IDX file of bytes", magic));
    if (axes < 1 || axes > 4) file.refuse(fmt::format("has {} axes; expected 1 to 4", axes));
    Idx idx;
    io::CheckedSize size = 1;
    for (std::uint32_t axis = 0; axis < axes; ++axis) {
        const std::uint32_t n = next_number(file);
        idx.shape.push_back(static_cast<Dim>(n));
        size = size * n;
    }
    if (!size.within(most)) file.refuse(fmt::format("the header promises an array of {}; expected at most {} values", to_string(idx.shape), most));
    if (!size.within(file.most_left()))
        file.refuse(fmt::format("the header promises an array of {}, more than the file can hold; is it complete?", to_string(idx.shape)));
    idx.values.resize(size.value());
    const std::size_t n = file.read(idx.values);
    if (n != idx.values.size()) file.refuse(fmt::format("the file ends after {} of {} values; is it complete?", n, idx.values.size()));
    std::uint8_t beyond[1];
    if (file.read(beyond) != 0) file.refuse(fmt::format("something follows the {} values that the header promises", n));
    return idx;
}

}  // namespace heed::patches
