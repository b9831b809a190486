// How a program ends: exit codes and error messages.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <new>
#include <system_error>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/io/standard_files.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/run/folder.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::program {
namespace {
template <class... Kinds>
bool is_one_of(const std::exception& e) {
    return (... || (dynamic_cast<const Kinds*>(&e) != nullptr));
}

int exit_code_of(const std::exception& e) {
    if (is_one_of<CLI::ParseError, UsageError, training::FolderError>(e)) return exit_usage;
    if (is_one_of<IoError, std::system_error>(e)) return exit_io;  // std::filesystem's errors, too; before FileError
    if (is_one_of<InputError, FileError>(e)) return exit_bad_input;
    if (is_one_of<training::GroupError>(e)) return exit_lost;
    return exit_failed;
}

// The exit code of the exception being handled; `text` becomes its message.
int describe(std::string& text) {
    try {
        throw;
    } catch (const CLI::Success&) {  // --help or --version has been printed
        return exit_ok;
    } catch (const std::bad_alloc&) {
        text = "out of memory; a smaller batch or model needs less";
    } catch (const std::exception& e) {
        text = e.what();
        return exit_code_of(e);
    } catch (...) {
        text = "an exception that is no std::exception";
    }
    return exit_failed;
}
}  // namespace

int run_main(int argc, char** argv, const std::function<int(int, char**)>& body) {
    const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "heed";
    const auto complain = [&](const std::string& text) {
        std::fputs(utf8::escaped(fmt::format("{}: error: {}\n", program, text)).c_str(), stderr);
    };
    int code = exit_ok;
    try {
        io::reserve_standard_files();
        // A file that would outgrow the limit then is an error of that write, with a message, and no silent end.
        std::signal(SIGXFSZ, SIG_IGN);
        code = body(argc, argv);
    } catch (...) {
        std::string text;
        code = describe(text);
        if (!text.empty()) complain(text);
    }
    if (std::ferror(stdin) && code == exit_ok) {
        complain("standard input: reading failed; not all of it was read");
        code = exit_io;
    }
    errno = 0;
    std::cout.flush();
    if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout) && code == exit_ok) {
        complain(fmt::format("standard output: write failed: {}; the results are not complete", std::strerror(errno)));
        code = exit_io;
    }
    return code;
}

int for_each_file(std::string_view program, const std::vector<std::string>& files,
                  const std::function<void(const std::string&)>& act) {
    int code = exit_ok;
    for (const std::string& file : files) {
        try {
            act(file);
        } catch (const IoError&) {
            throw;
        } catch (const FileError& e) {
            fmt::print(stderr, "{}: error: {}\n", program, e.what());
            code = exit_bad_input;
        }
    }
    return code;
}

}  // namespace heed::program
