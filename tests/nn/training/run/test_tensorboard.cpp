// TensorBoard's records, taken apart byte by byte. The expected bytes were written down from the format's description.
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <heed/core/io/append.hpp>
#include <heed/core/io/crc32c.hpp>
#include <heed/core/io/system.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using training::Events;
using namespace std::string_literals;

namespace {

template <class T>
T number(const std::string& bytes, std::size_t at) {
    T value;
    REQUIRE(at + sizeof value <= bytes.size());
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

std::uint32_t masked(const std::string& bytes) {
    const std::uint32_t crc = io::crc32c(io::bytes_of(bytes));
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

// The events of the only new file of a folder, without their times.
std::vector<std::string> events_in(const std::string& path) {
    const std::string all = content_of(path);
    std::vector<std::string> out;
    for (std::size_t at = 0; at < all.size();) {
        const auto n = static_cast<std::size_t>(number<std::uint64_t>(all, at));
        CHECK(number<std::uint32_t>(all, at + 8) == masked(all.substr(at, 8)));
        const std::string event = all.substr(at + 12, n);
        CHECK(number<std::uint32_t>(all, at + 12 + n) == masked(event));
        REQUIRE(event[0] == '\x09');  // field 1, a double: the time
        out.push_back(event.substr(9));
        at += 16 + n;
    }
    return out;
}

std::string only_file(const TemporaryFolder& folder) {
    REQUIRE(folder.files() == 1);
    return std::filesystem::directory_iterator(folder.path())->path().string();
}

}  // namespace

TEST_CASE("events: the bytes of the format", "[training]") {
    const TemporaryFolder folder;
    {
        Events events(folder.path());
        events.scalar("loss", 300, 1.5);
        events.text("note", 1, "*hi*");
        const std::vector<std::uint8_t> grey{0, 255};
        events.image("map", 2, 1, 2, 1, grey);
        const std::vector<double> values{0, 1, 1, 3, std::nan("")};
        events.histogram("w", 3, values);
    }
    const auto events = events_in(only_file(folder));
    REQUIRE(events.size() == 5);
    CHECK(events[0] ==
          "\x1a\x0d"
          "brain.Event:2");
    // step 300 (a varint of two bytes), summary {value {tag, simple_value}}
    CHECK(events[1] == "\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\xc0\x3f"s);
    CHECK(events[2] ==
          "\x10\x01\x2a\x22\x0a\x20\x0a\x04note\x4a\x08\x0a\x06\x0a\x04text\x42\x0e\x08\x07\x12\x04\x12\x02\x08\x01\x42"
          "\x04*hi*");
    CHECK_THAT(events[3], Containing("\x89PNG\r\n\x1a\n"));
    CHECK_THAT(events[3], Containing("\x08\x01\x10\x02\x18\x01\x22"));  // height 1, width 2, one channel
    const std::size_t at = events[4].find("\x0a\x01w\x2a") + 5;
    REQUIRE(at > 4);
    const std::string histogram = events[4].substr(at + 1);
    CHECK(number<double>(histogram, 1) == 0);
    CHECK(number<double>(histogram, 10) == 3);
    CHECK(number<double>(histogram, 19) == 4);
    CHECK(number<double>(histogram, 28) == 5);
    CHECK(number<double>(histogram, 37) == 11);
    CHECK(histogram.size() == 45 + 2 * (3 + 240));
    double counted = 0;
    for (std::size_t i = 0; i < 30; ++i) counted += number<double>(histogram, 45 + 243 + 3 + 8 * i);
    CHECK(counted == 4);
    CHECK(number<double>(histogram, 45 + 243 + 3 + 80) == 2);  // both ones are in the bucket from 1 to 1.1
}

TEST_CASE("events: a resumed run has a file of its own, which takes back what was written beyond", "[training]") {
    const TemporaryFolder folder;
    { const Events first(folder.path()); }
    const std::string before = only_file(folder);
    { const Events second(folder.path(), 7); }
    CHECK(folder.files() == 2);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        const auto events = events_in(entry.path().string());
        if (entry.path().string() == before) continue;
        CHECK(entry.path().string() > before);
        REQUIRE(events.size() == 2);
        CHECK(events[1] == "\x10\x08\x3a\x02\x08\x01");  // step 8, a session that starts
    }
    CHECK_THROWS_AS(Events(folder / "none"), IoError);
}

TEST_CASE("events: images of sizes that do not fit are refused", "[training]") {
    const std::vector<std::uint8_t> pixels(12);
    CHECK(training::png_of(2, 2, 3, pixels).size() == 8 + 25 + 12 + (2 + 5 + 14 + 4) + 12);
    for (const auto& [h, w, c] :
         {std::tuple<Dim, Dim, Dim>{2, 3, 3}, {0, 2, 1}, {2, 6, 2}, {Dim{1} << 62, 4, 3}, {-3, -4, 1}})
        CHECK_THROWS_AS(training::png_of(h, w, c, pixels), RangeError);
}

TEST_CASE("events, log: a file that grows keeps what was written, and no failure of it is silent", "[training][io]") {
    using io::AppendFile, io::SystemCalls;
    const TemporaryFolder folder;
    const std::string path = folder / "log";
    AppendFile file(path, AppendFile::Use::fresh);
    file.write(io::bytes_of("one "));
    CHECK(content_of(path) == "one ");  // nothing waits in a buffer
    const auto failure = [&](SystemCalls calls, auto act) {
        const io::ReplaceSystemCalls replaced(calls);
        return error_of<IoError>(act);
    };
    SystemCalls half = io::system_calls(), shut = half, closes = half;
    half.write = [](int to, const void* from, std::size_t n) -> ::ssize_t {
        return n > 4 ? ::write(to, from, 4) : (errno = ENOSPC, -1);
    };
    shut.open = [](const char*, int, ::mode_t) { return errno = EACCES, -1; };
    closes.close = [](int number) { return ::close(number), errno = EIO, -1; };
    const std::string cannot = path + ": cannot be written: ";
    CHECK(failure(half, [&] { file.write(io::bytes_of("two three")); }) ==
          cannot + "write failed: No space left on device; free some space and write again");
    CHECK(failure(shut, [&] { AppendFile(path, AppendFile::Use::append); }) ==
          cannot + "open failed: Permission denied; check the folder and the disk");
    CHECK(failure(closes, [&] { file.close(); }) ==
          cannot + "close failed: Input/output error; check the folder and the disk");
    CHECK_THAT(error_of<IoError>([&] { AppendFile(path, AppendFile::Use::fresh); }),
               Containing("open failed: File exists"));
    CHECK(content_of(path) == "one two thre");
    CHECK_THAT(failure(half, [&] { training::Events{folder.path()}; }),
               Containing("write failed: No space left on device"));
}
