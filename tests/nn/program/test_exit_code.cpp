// The trainers' common parts: text, exit codes, command line, terminal, progress, signals, result file.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <new>
#include <sstream>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <heed/core/base/edit_distance.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/program.hpp>
#include <heed/nn/training/run/interrupt.hpp>
#include <heed/nn/training/run/progress.hpp>
#include <heed/nn/training/run/result.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed::program;
using namespace heed::training;
using namespace heed::utf8;
using heed::Dim;
using heed::edit_distance;
using namespace std::string_literals;

namespace {
std::size_t naive_distance(std::string_view a, std::string_view b) {  // by the recursive definition
    if (a.empty() || b.empty()) return a.size() + b.size();
    const std::size_t keep = naive_distance(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0 : 1);
    return std::min({keep, naive_distance(a.substr(1), b) + 1, naive_distance(a, b.substr(1)) + 1});
}

// Runs `body` in a child whose stderr goes to a pipe; gives its exit code (or minus the signal) and its output.
std::pair<int, std::string> in_child(const std::function<int()>& body) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    std::cout.flush();  // or the child would write it once more
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        _exit(body());
    }
    close(ends[1]);
    std::string output;
    char buffer[512];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
        output.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), output};
}

struct Folder {  // gone with its content at the end of the test
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "heed-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
};

int run_with(const std::function<int()>& body) {
    std::string name = "bin/trainer";
    char* argv[] = {name.data(), nullptr};
    return run_main(1, argv, [&](int, char**) { return body(); });
}
}  // namespace

TEST_CASE("text: UTF-8 is checked strictly", "[examples]") {
    for (const std::string good :
         {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"})
        CHECK(is_utf8(good));
    for (const std::string bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xff"})
        CHECK_FALSE(is_utf8(bad));
    for (const std::string bad : {"\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xe2\x82"})
        CHECK_FALSE(is_utf8(bad));
    CHECK(latin1_to_utf8("D\xc9J\xc0") == "DÉJÀ");
    CHECK(lower_case("DÉJÀ ×Þß Ω") == "déjà ×þß Ω");
    CHECK(code_points("aé€\xff") == std::vector<std::string>{"a", "é", "€", "\xff"});
    CHECK(in_quotes("a\x1b[31m\0é\xff\xc2\x85"s) == R"('a\x1b[31m)"s + "\\x00é\\xff\\xc2\\x85'");
    CHECK(in_quotes("abcdef", 3) == "'abc...'");
    CHECK(in_quotes("abc", 3) == "'abc'");
    CHECK(printable("a\x1b\x7f\xff\xc2\x9bé") == "a????é");
}

TEST_CASE("edit distance: agrees with its recursive definition", "[examples]") {
    const std::vector<std::string> words{"", "a", "ab", "ba", "abc", "acb", "kitten", "sittin", "aaaa", "abab", "baba"};
    for (const auto& a : words) {
        for (const auto& b : words) CHECK(edit_distance(a, b) == static_cast<Dim>(naive_distance(a, b)));
    }
}

TEST_CASE("exit codes: each kind of failure has its own", "[examples]") {
    const auto code = [](auto error) { return in_child([=] { return run_with([=]() -> int { throw error; }); }); };
    CHECK(in_child([] { return run_with([] { return 0; }); }) == std::pair(0, ""s));
    CHECK(in_child([] { return run_with([] { return 130; }); }) == std::pair(130, ""s));
    CHECK(code(heed::Error("diverged")) == std::pair(1, "trainer: error: diverged\n"s));
    CHECK(code(heed::RangeError("r")).first == 1);
    CHECK(code(UsageError("u")).first == 2);
    CHECK(code(CLI::ValidationError("v")).first == 2);
    CHECK(code(heed::FileError("f")).first == 65);
    CHECK(code(InputError("i")).first == 65);
    CHECK(code(heed::IoError("io")).first == 74);
    CHECK(code(std::filesystem::filesystem_error("fs", std::error_code(ENOSPC, std::generic_category()))).first == 74);
    CHECK(code(std::bad_alloc()).first == 1);
    CHECK(code(7).first == 1);
    CHECK(code(CLI::CallForHelp()) == std::pair(0, ""s));
}

TEST_CASE("exit codes: results lost on a full standard output are an I/O error", "[examples]") {
    const auto [code, output] = in_child([] {
        const int full = open("/dev/full", O_WRONLY);
        dup2(full, STDOUT_FILENO);
        return run_with([] {
            std::fputs("wer 0.3\n", stdout);
            return 0;
        });
    });
    CHECK(code == 74);
    CHECK_THAT(output, Containing("standard output"));
}

TEST_CASE("result: the file holds the promised fields and appears whole", "[examples]") {
    const Folder folder;
    const auto path = folder.path / "result.json";
    Result result{"wer", 0.25, 301.5, 1234567, 18446744073709551615u, 2, "0.1.0"};
    result.extra = {{"steps", std::int64_t{100}}, {"beam", 3.5}, {"note", "a \"b\"\n"s}, {"resumed", true}};
    write_result(path, result);
    const auto json = nlohmann::json::parse(std::ifstream(path));
    CHECK(json["metric"] == "wer");
    CHECK(json["value"] == 0.25);
    CHECK(json["seconds"] == 301.5);
    CHECK(json["parameters"] == 1234567);
    CHECK(json["seed"] == 18446744073709551615u);
    CHECK(json["threads"] == 2);
    CHECK(json["version"] == "0.1.0");
    CHECK(json["steps"] == 100);
    CHECK(json["beam"] == 3.5);
    CHECK(json["note"] == "a \"b\"\n");
    CHECK(json["resumed"] == true);
    CHECK(json["peak_rss_mb"] > 1.0);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
    result.value = std::nan("");
    CHECK_THROWS_AS(write_result(path, result), heed::RangeError);
    CHECK(nlohmann::json::parse(std::ifstream(path))["value"] == 0.25);
    CHECK_THROWS_AS(result_json({.metric = "wer", .version = "1", .extra = {{"value", 1.0}}}, 1), heed::RangeError);
    CHECK_THROWS_AS(result_json({.metric = "\xff", .version = "1"}, 1), heed::RangeError);
    CHECK_THROWS_AS(write_result(folder.path / "missing" / "result.json", {.metric = "wer", .version = "1"}),
                    heed::IoError);
}

TEST_CASE("interrupt: the first signal asks, the second one ends", "[examples]") {
    const auto after = [](std::vector<int> sent) {
        return in_child([=] {
            const Interrupt interrupt;
            if (interrupt.requested() || interrupt.exit_code() != 0) return 99;
            for (const int signal : sent) raise(signal);
            return interrupt.requested() ? interrupt.exit_code() : 98;
        });
    };
    CHECK(after({}).first == 98);
    CHECK(after({SIGINT}).first == 130);
    CHECK_THAT(after({SIGINT}).second, Containing("stopping after this step"));
    CHECK(after({SIGTERM}).first == 143);
    CHECK(in_child([] {
              const Interrupt interrupt;
              raise(SIGTERM);
              raise(SIGINT);
              return 97;
          }).first == 130);
    CHECK(in_child([] {
              std::signal(SIGINT, SIG_IGN);
              const Interrupt interrupt;
              raise(SIGINT);
              return interrupt.requested() ? 97 : 5;
          }).first == 5);
    CHECK(in_child([] {
              std::signal(SIGINT, SIG_DFL);  // not the test runner's
              { const Interrupt interrupt; }
              raise(SIGINT);
              return 97;
          }).first == -SIGINT);
    CHECK(in_child([] {
              Interrupt interrupt;
              raise(SIGUSR1);
              return interrupt.take_save() && !interrupt.take_save() && !interrupt.requested() ? 5 : 97;
          }).first == 5);
    const Interrupt one;
    CHECK_THROWS_AS(Interrupt(), heed::Error);
}
