#pragma once
// A file's bytes, unpacked where they are packed by gzip. Needs zlib, which only some examples have: they alone include
// this.
// Private to heed; not installed.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <zlib.h>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>

namespace heed::data {

class Unpacked {
public:
    // Throws FileError, IoError as io::InputFile does.
    explicit Unpacked(const std::string& path) : file_(path), stream_(::gzopen(path.c_str(), "rb")) {
        if (!stream_) throw IoError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
    }
    std::uint64_t at() const { return at_; }                  // bytes read so far, unpacked
    std::uint64_t file_size() const { return file_.size(); }  // packed
    std::uint64_t file_at() const {                           // how much of that was read
        return std::min(file_.size(), static_cast<std::uint64_t>(std::max<::z_off_t>(0, ::gzoffset(stream_.get()))));
    }

    // The most bytes that may follow.
    std::uint64_t most_left() const {
        return ::gzdirect(stream_.get()) ? file_.size() - at_ : file_.size() * most_unpacked;
    }

    // Fills `to` as far as the file goes; returns how many bytes there were. Throws FileError for a gzip file that is
    // damaged or cut short.
    std::size_t read(std::span<std::uint8_t> to) {
        std::size_t done = 0;
        while (done < to.size()) {
            const int n = ::gzread(stream_.get(), to.data() + done,
                                   static_cast<unsigned>(std::min<std::size_t>(to.size() - done, 1 << 30)));
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
    static constexpr std::uint64_t most_unpacked = 1032;  // bytes that deflate can make of one

    struct Close {
        void operator()(::gzFile file) const { ::gzclose(file); }
    };

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

}  // namespace heed::data
