// A whole program: its sub-commands and flags.
#include <algorithm>
#include <bit>
#include <optional>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/version.hpp>
#include <heed/nn/distributed/world.hpp>
#include <heed/nn/program/flags.hpp>
#include <heed/nn/program/program.hpp>
#include <heed/nn/training/run/compare.hpp>

namespace heed::program {
namespace {

using training::Settings;

void add_threads(CLI::App& command, int& threads) {
    command.add_option("--threads", threads, "threads; results do not depend on it")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
}

void exclude(CLI::App& command, std::initializer_list<const char*> flags) {
    for (const char* a : flags)
        for (const char* b : flags)
            if (a != b) command.get_option(a)->excludes(command.get_option(b));
}

// The flags of `train`: the program's settings, those of Launch, and which flags exclude or need each other.
void add_train_flags(CLI::App& command, const Settings& settings, const Settings& launch) {
    add_flags(command, settings, true);
    add_flags(command, launch, true);
    exclude(command, {"--minutes", "--epochs", "--steps"});
    exclude(command, {"--resume", "--dry-run", "--find-lr"});
    command.get_option("--changed-data")->needs(command.get_option("--resume"));
}

// A program while its command line is read: what each sub-command does is bound to options that live as long as this.
class Session {
public:
    Session(int count, char** arguments, const Program& program, distributed::World& world)
        : count_(count), arguments_(arguments), program_(program), world_(world), app_(program.about, program.name) {
        app_.set_version_flag("--version", fmt::format("{} (heed " HEED_VERSION ")", program.name));
        app_.require_subcommand(1);
    }

    int go() {
        if (program_.tasks.empty()) {
            add_train(app_, program_.train, "");
            add_commands(program_.eval, program_.predict, program_.attend);
        } else {
            for (const Task& task : program_.tasks) {
                CLI::App* word = app_.add_subcommand(task.name, task.about);
                word->require_subcommand(1);
                add_train(*word, task.train, task.name);
            }
            const Task& task = task_of_model();
            add_commands(task.eval, task.predict, task.attend);
        }
        CLI::App* compare =
            app_.add_subcommand("compare", "show two runs side by side: settings that differ, results, curves");
        compare->add_option("folders", runs_, "the folders of two runs")->required()->expected(2);
        acts_.push_back({compare, [this] {
                             fmt::print("{}", training::compare_runs(runs_.at(0), runs_.at(1)));
                             return int{exit_ok};
                         }});
        parse(app_, count_, arguments_);
        set_threads(threads_);
        for (const auto& [command, act] : acts_) {
            if (!command->parsed()) continue;
            if (command->get_name() != "train" && world_.size() > 1)
                throw UsageError(
                    fmt::format("mpirun started {} processes, and {} runs in one; only train takes several",
                                world_.size(), command->get_name()));
            return act();
        }
        return exit_usage;  // a task without a sub-command, which CLI11 refuses
    }

private:
    void add_train(CLI::App& parent, const TrainCommand& train, const std::string& task) {
        if (!train) return;
        CLI::App* command = parent.add_subcommand("train", train.about());
        auto run = std::make_shared<Train>(train.bind());
        run->launch.folder = program_.name + "-model";
        run->bound.options->task = task;
        run->bound.declare(run->settings);
        run->launch.declare(run->of_launch);
        add_train_flags(*command, run->settings, run->of_launch);
        add_threads(*command, threads_);
        acts_.push_back({command, [this, run, command] {
                             run->bound.complete();
                             apply_config_file(*command, run->settings, *run->bound.options, run->launch);
                             share(*run->bound.options, run->launch);
                             return begin(run->bound, run->launch);
                         }});
    }

    // Sizes that do not fit together are found when the model is made of them: before there is a run, it is the
    // settings that are wrong.
    static int begin(const BoundTrainCommand& train, const Launch& launch) {
        try {
            return train.act(launch);
        } catch (const Error& e) {
            const bool misfit = dynamic_cast<const RangeError*>(&e) || dynamic_cast<const ShapeError*>(&e);
            if (!misfit || training::RunFolder::holds_run(launch.folder)) throw;
            throw UsageError(e.what());
        }
    }

    // The shards of a run among the processes that mpirun started.
    void share(const RunOptions& options, Launch& launch) {
        launch.world = &world_;
        if (options.shards > 1 && options.stretches > 1)
            throw UsageError(
                fmt::format("--shards {} and --stretches {}; expected one of them, since stretches are "
                            "the shards of a step",
                            options.shards, options.stretches));
        const char* const flag = options.stretches > 1 ? "--stretches" : "--shards";
        if (!std::has_single_bit(static_cast<std::uint64_t>(options.parts())))
            throw UsageError(fmt::format("{} {}; expected a power of two", flag, options.parts()));
        if (options.parts() % world_.size() != 0)
            throw UsageError(
                fmt::format("mpirun started {} processes, which cannot share {} {}; expected a multiple of {}",
                            world_.size(), flag, options.parts(), world_.size()));
        world_.set_patience(launch.patience_seconds);
        // Before anything that these decide: processes that differ in them would wait for each other in other places.
        world_.require_same("the version of heed", HEED_VERSION);
        const char* const kind = launch.dry_run     ? "a dry run"
                                 : launch.find_rate ? "a search for a rate"
                                 : launch.resume    ? "a resumed one"
                                                    : "a fresh one";
        const std::string task = options.task.empty() ? "" : " " + options.task;
        world_.require_same("the kind of run", fmt::format("{} of {}{}", kind, program_.name, task));
    }

    void add_commands(const Command& eval, const Command& predict, const Command& attend) {
        add_command("eval", eval);
        add_command("predict", predict);
        add_command("attend", attend);
    }

    void add_command(const char* name, const Command& command) {
        if (!command) return;
        CLI::App* sub = app_.add_subcommand(name, command.about());
        const auto bound = std::make_shared<BoundCommand>(command.bind());
        const auto settings = std::make_shared<Settings>();
        bound->declare(*settings);
        add_flags(*sub, *settings);
        add_threads(*sub, threads_);
        acts_.push_back({sub, [bound, settings] { return bound->act(); }});
    }

    // The task of the run that --model names, by its config.json; the first one where the command line names none.
    const Task& task_of_model() const {
        std::optional<std::string> folder;
        for (int i = 1; i < count_; ++i) {
            const std::string_view argument = arguments_[i];
            if (argument == "--model" && i + 1 < count_) folder = arguments_[i + 1];
            if (argument.starts_with("--model=")) folder = argument.substr(8);
        }
        if (!folder) return program_.tasks.front();
        const std::string name = task_of(*folder);
        const auto found = std::ranges::find(program_.tasks, name, &Task::name);
        if (found != program_.tasks.end()) return *found;
        std::vector<std::string> names;
        for (const Task& task : program_.tasks) names.push_back(task.name);
        throw FileError(fmt::format("{}: holds a run of the task {}; {} has {}", *folder, utf8::in_quotes(name),
                                    program_.name, fmt::join(names, ", ")));
    }

    struct Train {
        explicit Train(BoundTrainCommand to) : bound(std::move(to)) {}
        BoundTrainCommand bound;
        Launch launch;
        Settings settings, of_launch;
    };
    int count_;
    char** arguments_;
    const Program& program_;
    distributed::World& world_;
    CLI::App app_;
    std::vector<std::pair<CLI::App*, std::function<int()>>> acts_;
    std::vector<std::string> runs_;
    int threads_ = threads();
};

}  // namespace

int run(int argc, char** argv, const Program& program) {
    std::optional<distributed::World> world;  // it ends when an error has been printed
    return run_main(argc, argv, [&](int count, char** arguments) {
        world.emplace(count, arguments);
        try {
            const int code = Session(count, arguments, program, *world).go();
            world->finish();
            return code;
        } catch (...) {
            world->fail();
            throw;
        }
    });
}

void parse_train(std::vector<std::string> arguments, RunOptions& options, const Settings& settings, Launch& launch) {
    CLI::App command("", "train");
    const Settings of_launch = training::settings_of(launch);
    add_train_flags(command, settings, of_launch);
    std::ranges::reverse(arguments);
    command.parse(arguments);
    apply_config_file(command, settings, options, launch);
}

}  // namespace heed::program
