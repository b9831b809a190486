// A process that is started without standard input, output or error does not give their file descriptors to other
// files.
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <heed/core/io/standard_files.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/run/folder.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;

namespace {

// The exit code of a child that runs `body`, or minus the signal that ended it.
template <class Body>
int in_child(const Body& body) {
    const ::pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int run_with(const std::function<int()>& body) {
    std::string name = "program";
    char* arguments[] = {name.data(), nullptr};
    return program::run_main(1, arguments, [&](int, char**) { return body(); });
}

}  // namespace

TEST_CASE("standard files: closed ones are reserved", "[io]") {
    const auto next_file = [](std::initializer_list<int> closed) {
        return in_child([&] {
            for (const int file : closed) ::close(file);
            io::reserve_standard_files();
            char byte = 'x';
            for (const int file : closed) {  // lost results are reported, lost messages are not
                if (file == 0 && (::read(file, &byte, 1) != -1 || errno != EBADF)) return 100;
                if (file == 1 && (::write(file, &byte, 1) != -1 || errno != EBADF)) return 101;
                if (file == 2 && ::write(file, &byte, 1) != 1) return 102;
            }
            return ::open("/dev/null", O_RDONLY);
        });
    };
    const int usual = next_file({});
    CHECK(usual > 2);
    for (const auto& closed : {std::initializer_list<int>{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}})
        CHECK(next_file(closed) == usual);
}

TEST_CASE("standard files: a run's lock does not become standard error", "[io]") {
    const TemporaryFolder folder;
    CHECK(in_child([&] {
              ::close(STDERR_FILENO);
              const training::RunFolder run(folder.path(), training::RunFolder::Use::fresh);
              put(run.config().string(), "{}");  // one that no run has begun in goes again
              return ::write(STDERR_FILENO, "step 1\n", 7) == 7 ? 5 : 6;
          }) == 5);
    CHECK(content_of(folder / "lock").empty());
}

TEST_CASE("exit codes: what cannot be read or written is reported", "[examples]") {
    const TemporaryFolder folder;
    const auto code = [&](int closed, const std::function<int()>& body) {
        return in_child([&] {
            ::dup2(::open((folder / "stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
            ::close(closed);
            return run_with(body);
        });
    };
    const auto prints = [] {
        std::fputs("wer 0.3\n", stdout);
        return 0;
    };
    CHECK(code(STDOUT_FILENO, prints) == 74);
    CHECK_THAT(content_of(folder / "stderr"),
               StartsWith("program: error: standard output: write failed: Bad file descriptor"));
    const auto reads = [] { return std::fgetc(stdin) == EOF ? 0 : 1; };
    CHECK(code(STDIN_FILENO, reads) == 74);
    CHECK(content_of(folder / "stderr") == "program: error: standard input: reading failed; not all of it was read\n");
    CHECK(code(STDIN_FILENO, [] { return 0; }) == 0);  // nobody asked for it
}

TEST_CASE("exit codes: a file that would outgrow the limit is an I/O error with a text, and no signal", "[examples]") {
    const TemporaryFolder folder;
    const int code = in_child([&] {
        const ::rlimit limit{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        return run_with([&] {
            try {
                io::write_atomically(folder / "x", io::bytes_of(std::string(2000, 'x')));
            } catch (const IoError& e) {
                return std::string(e.what()).find("File too large") != std::string::npos ? 74 : 75;
            }
            return 0;
        });
    });
    CHECK(code == 74);
    CHECK(folder.files() == 0);
}
