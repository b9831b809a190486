#pragma once
// A whole program, made from its settings and up to four functions: sub-commands, --help, --resume, --config, trials,
// `compare`, exit codes and hints at misspelt flags are the library's.
//     int train(Options options, const program::Launch& launch);
//     int evaluate(const EvalOptions& options);
//     int main(int argc, char** argv) {
//         return program::run(argc, argv, {.name = "mine",
//                                          .about = "What it does.",
//                                          .train = {train, "learn from a file"},
//                                          .eval = {evaluate, "measure a model"}});
//     }
// Options derive from RunOptions, and have a member declare(Settings&); so have the others' structs. A struct may have
// complete(), which fills in what flags leave open before a file is read, check() const, which refuses (UsageError)
// what does not go together, and `about`, a static text: then its function alone stands for {function, text}.
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/run.hpp>

namespace heed::program {

// A sub-command: what it does, in words, and Bound, its functions bound to options that it makes when it is asked for.
template <class Bound>
class BasicCommand {
public:
    BasicCommand() = default;  // the program has none
    explicit operator bool() const { return bool(bind_); }
    const std::string& about() const { return about_; }
    Bound bind() const { return bind_(); }

protected:
    BasicCommand(std::string about, std::function<Bound()> bind) : about_(std::move(about)), bind_(std::move(bind)) {}

private:
    std::string about_;
    std::function<Bound()> bind_;
};

struct BoundCommand {
    std::function<void(training::Settings&)> declare;
    std::function<int()> act;
};

// One sub-command that uses a trained model.
class Command : public BasicCommand<BoundCommand> {
public:
    Command() = default;
    template <class Options>
    Command(int (*act)(const Options&), std::string about)
        : BasicCommand(std::move(about), [act] {
              const auto options = std::make_shared<Options>();
              return BoundCommand{.declare = [options](training::Settings& s) { options->declare(s); },
                                  .act =
                                      [options, act] {
                                          if constexpr (requires { options->check(); }) options->check();
                                          return act(*options);
                                      }};
          }) {}
    template <class Options>
    Command(int (*act)(const Options&)) : Command(act, Options::about) {}
    // `attend` of a program that takes no more than AttendOptions, with the name of its input and what that is.
    Command(int (*act)(const AttendOptions&), std::string input, std::string help)
        : BasicCommand(about_attend, [act, input = std::move(input), help = std::move(help)] {
              const auto options = std::make_shared<AttendOptions>();
              return BoundCommand{.declare = [=](training::Settings& s) { options->declare(s, input, help); },
                                  .act = [=] { return act(*options); }};
          }) {}
};

struct BoundTrainCommand {
    std::shared_ptr<RunOptions> options;
    std::function<void(training::Settings&)> declare;
    std::function<void()> complete;
    std::function<int(const Launch&)> act;
};

// The sub-command `train`.
class TrainCommand : public BasicCommand<BoundTrainCommand> {
public:
    TrainCommand() = default;
    template <std::derived_from<RunOptions> Options>
    TrainCommand(int (*act)(Options, const Launch&), std::string about)
        : BasicCommand(std::move(about), [act] {
              const auto options = std::make_shared<Options>();
              return BoundTrainCommand{.options = options,
                                       .declare = [options](training::Settings& s) { options->declare(s); },
                                       .complete =
                                           [options] {
                                               if constexpr (requires { options->complete(); }) options->complete();
                                           },
                                       .act =
                                           [options, act](const Launch& launch) {
                                               if constexpr (requires { options->check(); }) options->check();
                                               return act(*options, launch);
                                           }};
          }) {}
    template <class Options>
    TrainCommand(int (*act)(Options, const Launch&)) : TrainCommand(act, Options::about) {}
};

// One of several tasks of a program, with settings and functions of its own.
struct Task {
    std::string name, about;
    TrainCommand train = {};
    Command eval = {}, predict = {}, attend = {};
};

struct Program {
    std::string name, about;
    TrainCommand train = {};
    Command eval = {}, predict = {}, attend = {};
    // Instead of those: `NAME TASK train` trains one, and the other commands read the task from the model's folder (the
    // field "task" of config.json).
    std::vector<Task> tasks = {};
};

// What main() returns; see run_main().
int run(int argc, char** argv, const Program& program);

// The command line of `train` alone, for tests: its settings as the flags and the configuration file give them. Throws
// UsageError, FileError.
void parse_train(std::vector<std::string> arguments, RunOptions& options, const training::Settings& settings,
                 Launch& launch);

}  // namespace heed::program
