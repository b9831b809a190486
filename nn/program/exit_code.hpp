#pragma once
// How a program of heed ends: the kind of error decides the exit code, and no exception escapes main().
#include <functional>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/base/error.hpp>

namespace heed::program {

enum ExitCode : int {
    exit_ok = 0,
    exit_failed = 1,         // training or evaluation failed
    exit_usage = 2,          // flags or arguments that make no sense
    exit_bad_input = 65,     // a file or input text that cannot be used (EX_DATAERR)
    exit_io = 74,            // the system refused to read or write (EX_IOERR)
    exit_lost = 75,          // a process of mpirun's was lost; a run can be resumed (EX_TEMPFAIL)
    exit_interrupted = 130,  // SIGINT
    exit_terminated = 143,   // SIGTERM
};

struct UsageError : Error {
    using Error::Error;
};  // exit_usage
struct InputError : Error {
    using Error::Error;
};  // exit_bad_input, for input that is no file

// Runs the program's body and returns what main() must return: the body's value, or for an exception its exit code,
// after "PROGRAM: error: TEXT" on stderr. Standard input that could not be read and standard output that could not be
// written (a full disk, or closed) make a success exit_io. Closed standard files are reserved first, and SIGXFSZ is
// ignored; SIGPIPE is not: `| head` ends a program.
int run_main(int argc, char** argv, const std::function<int(int argc, char** argv)>& body);

// Calls act(file) for every file. One that is refused with a FileError, but for an IoError, is named as run_main()
// does, and the others are still done; then the exit code is exit_bad_input.
int for_each_file(std::string_view program, const std::vector<std::string>& files,
                  const std::function<void(const std::string&)>& act);

}  // namespace heed::program
