// Files: bounded reads, writes that survive failures and kills at any point, checked sizes, the checksum.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <limits>
#include <thread>
#include <unistd.h>
#include <vector>
#include <sys/wait.h>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/crc32c.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/io/system.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::io;

namespace {

// Real system calls, of which the n-th of one kind fails with EIO.
enum class Kind { open, pread, write, fsync, rename, close };
struct Fault {
    Kind kind;
    int countdown;
    bool failed = false;
};
Fault fault;

bool strikes(Kind kind) {
    if (kind != fault.kind || --fault.countdown != 0) return false;
    fault.failed = true;
    errno = EIO;
    return true;
}

const SystemCalls real = system_calls();
const SystemCalls faulty = {
    .open = [](const char* path, int flags,
               ::mode_t mode) { return strikes(Kind::open) ? -1 : real.open(path, flags, mode); },
    .pread = [](int file, void* to, std::size_t n,
                ::off_t at) { return strikes(Kind::pread) ? -1 : real.pread(file, to, n, at); },
    .write =
        [](int file, const void* from, std::size_t n) {
            return strikes(Kind::write) ? -1 : real.write(file, from, std::min<std::size_t>(n, 4));
        },
    .fsync = [](int file) { return strikes(Kind::fsync) ? -1 : real.fsync(file); },
    .rename = [](const char* from, const char* to) { return strikes(Kind::rename) ? -1 : real.rename(from, to); },
    .close =
        [](int file) {
            const int done = real.close(file);
            return strikes(Kind::close) ? -1 : done;
        },
};

}  // namespace

TEST_CASE("io: sizes do not wrap", "[io]") {
    const std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
    CHECK((CheckedSize(top) + 0).within(top));
    CHECK_FALSE((CheckedSize(top) + 1).within(top));
    CHECK_FALSE((CheckedSize(top) * 2).within(top));
    CHECK_FALSE((CheckedSize(top) * 2 * 0).within(top));  // stays lost
    CHECK_FALSE((CheckedSize(0) * (CheckedSize(top) + 8)).equals(0));
    CHECK(count_elements({}) == 1);
    CHECK(count_elements({3, 0, 5}) == 0);
    CHECK(count_elements({Dim{1} << 24, Dim{1} << 24}) == max_elements);
    CHECK_FALSE(count_elements({Dim{1} << 24, (Dim{1} << 24) + 1}));
    CHECK_FALSE(count_elements({Dim{1} << 32, Dim{1} << 32}));
    CHECK_FALSE(count_elements({Dim{1} << 40, Dim{1} << 40, 0}));
    CHECK_FALSE(count_elements({0, Dim{1} << 40, Dim{1} << 40}));
    CHECK_FALSE(count_elements({-1, 2}));
}

TEST_CASE("io: crc32c agrees with RFC 3720, in any split", "[io]") {
    CHECK(crc32c(bytes_of("123456789")) == 0xe3069283);
    CHECK(crc32c({}) == 0);
    CHECK(crc32c(bytes_of(std::string(32, '\0'))) == 0x8a9136aa);
    CHECK(crc32c(bytes_of(std::string(32, '\xff'))) == 0x62a8ab43);
    std::string rising(32, '\0');
    for (std::size_t i = 0; i < 32; ++i) rising[i] = static_cast<char>(i);
    for (std::size_t cut = 0; cut <= 32; ++cut) {
        CHECK(crc32c(bytes_of(rising.substr(cut)), crc32c(bytes_of(rising.substr(0, cut)))) == 0x46dd794e);
    }
}

TEST_CASE("io: names from outside are clipped and escaped in messages", "[io]") {
    CHECK(in_quotes("w") == "'w'");
    CHECK(in_quotes(std::string_view("a\0\x1b[31m\n", 8)) == "'a\\x00\\x1b[31m\\x0a'");
    CHECK(in_quotes(std::string(61, 'x')) == "'" + std::string(60, 'x') + "...' (61 bytes)");
    CHECK(in_quotes(std::string(59, 'x') + "\xc3\xa9y") ==
          "'" + std::string(59, 'x') + "...' (62 bytes)");  // no half character
}

TEST_CASE("io: reads are bounded and name what failed", "[io]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a";
    put(path, "0123456789");
    CHECK(content_of(path) == "0123456789");
    CHECK(error_of<FileError>([&] { read_file(path, 9); }) ==
          path + ": byte 9: the file has 10 bytes; expected at most 9");
    CHECK(error_of<FileError>([&] { read_file(folder / "none", 9); }) ==
          folder / "none" + ": cannot be opened: No such file or directory; check the path and its permissions");
    CHECK(error_of<FileError>([&] { read_file(folder.path(), 9); }) ==
          folder.path() + ": is a folder; expected a regular file");
    CHECK(error_of<FileError>([&] { read_file("/dev/null", 9); }) ==
          "/dev/null: is no regular file; expected a regular file");
    const InputFile file(path);
    std::array<std::byte, 4> four;
    CHECK(error_of<FileError>([&] { file.read(7, four); }) ==
          path + ": byte 7: 4 bytes are wanted but the file ends at 10; is it complete?");
    CHECK_THROWS_AS(file.read(std::numeric_limits<std::uint64_t>::max() - 1, four), FileError);
    std::filesystem::resize_file(path, 8);
    CHECK(error_of<FileError>([&] { file.read(6, four); }) ==
          path + ": byte 8: the file ends here but had 10 bytes when opened; was it changed meanwhile?");

    fault = {Kind::pread, 1};
    const ReplaceSystemCalls replaced(faulty);
    CHECK(error_of<IoError>([&] { read_file(path, 9); }) ==
          path + ": byte 0: reading failed: Input/output error; check the disk");
    fault = {Kind::open, 1};
    CHECK(error_of<IoError>([&] { read_file(path, 9); }) ==
          path + ": cannot be opened: Input/output error; check the path and its permissions");
}

TEST_CASE("io: a failing call leaves the previous file, the temporary one is removed", "[io]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a";
    const std::string before = "the previous content", after = "the new, longer content";
    const Bytes parts[] = {bytes_of(after).first(9), {}, bytes_of(after).subspan(9)};
    const auto [kind, failures] = GENERATE(
        table<Kind, int>({{Kind::open, 2}, {Kind::write, 7}, {Kind::fsync, 2}, {Kind::rename, 1}, {Kind::close, 1}}));
    for (int n = 1; n <= failures; ++n) {
        put(path, before);
        const bool replacing_done = kind == Kind::fsync && n == 2;
        {
            fault = {kind, n};
            const ReplaceSystemCalls replaced(faulty);
            const std::string text = error_of<IoError>([&] { write_atomically(path, parts); });
            CAPTURE(static_cast<int>(kind), n, text);
            REQUIRE(fault.failed);
            CHECK_THAT(text, StartsWith(path + (replacing_done ? ": is replaced, but fsync of its folder failed: "
                                                               : ": cannot be written: ")));
            CHECK_THAT(text, Containing("Input/output error"));
        }
        CHECK(content_of(path) == (replacing_done ? after : before));
        CHECK(folder.files() == 1);
    }
    {
        fault = {kind, failures + 1};  // no call was left out above
        const ReplaceSystemCalls replaced(faulty);
        write_atomically(path, parts);
    }
    CHECK(content_of(path) == after);
    CHECK(folder.files() == 1);
}

TEST_CASE("io: writing names the step, the reason and what to do", "[io]") {
    const TemporaryFolder folder;
    const std::string path = folder / "none/a";
    CHECK(error_of<IoError>([&] { put(path, "x"); }) ==
          path + ": cannot be written: open of '" + (folder / "none") +
              "' failed: No such file or directory; the previous content is unchanged; "
              "check the folder and the disk");
    const SystemCalls full = [] {
        SystemCalls calls = real;
        calls.write = [](int, const void*, std::size_t) -> ::ssize_t {
            errno = ENOSPC;
            return -1;
        };
        return calls;
    }();
    const ReplaceSystemCalls replaced(full);
    CHECK(error_of<IoError>([&] { put(folder / "a", "x"); }) ==
          folder / "a" +
              ": cannot be written: write at byte 0 failed: No space left on device; the "
              "previous content is unchanged; free some space and write again");
    CHECK(folder.files() == 0);
}

TEST_CASE("io: interrupted calls are repeated, leftovers of a killed process reused, links not followed", "[io]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a";
    std::ofstream(path + ".heed-tmp") << "left by a killed process, longer than the new content";
    const SystemCalls interrupted = [] {
        SystemCalls calls = faulty;
        calls.write = [](int file, const void* from, std::size_t n) -> ::ssize_t {
            static int turn = 0;
            if (++turn % 2 == 1) {
                errno = EINTR;
                return -1;
            }
            return real.write(file, from, std::min<std::size_t>(n, 3));
        };
        return calls;
    }();
    fault = {Kind::open, 0};
    {
        const ReplaceSystemCalls replaced(interrupted);
        put(path, "new content");
    }
    CHECK(content_of(path) == "new content");
    CHECK(folder.files() == 1);
    std::filesystem::create_symlink(path, folder / "b.heed-tmp");
    CHECK_THROWS_AS(put(folder / "b", "x"), IoError);
    CHECK(content_of(path) == "new content");
}

TEST_CASE("io: writers of one file at the same time leave one of their contents, whole", "[io]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a";
    std::vector<std::thread> writers;
    for (char c : {'p', 'q', 'r'}) {
        writers.emplace_back([&path, c] {
            for (int i = 0; i < 20; ++i) put(path, std::string(100'000, c));
        });
    }
    for (std::thread& writer : writers) writer.join();
    const std::string content = content_of(path);
    CHECK(content == std::string(100'000, content.at(0)));
    CHECK(folder.files() == 1);
}

TEST_CASE("io: killed at any moment, the file is whole and no acknowledged write is lost", "[io]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a";
    const auto content = [](int generation) {
        return std::string(200'000, static_cast<char>('a' + generation % 26)) + std::to_string(generation);
    };
    put(path, content(0));
    for (int kill = 0; kill < 20; ++kill) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        const int start = std::stoi(content_of(path).substr(200'000));
        const ::pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            for (int generation = start + 1;; ++generation) {
                put(path, content(generation));
                if (::write(ends[1], &generation, sizeof generation) != sizeof generation) ::_exit(1);
            }
        }
        ::close(ends[1]);
        ::usleep(static_cast<unsigned>(500 + kill * 777 % 5000));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        int acknowledged = start;
        while (::read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {}
        ::close(ends[0]);
        const std::string now = content_of(path);
        const int generation = std::stoi(now.substr(200'000));
        REQUIRE(now == content(generation));
        REQUIRE(generation >= acknowledged);
    }
}
