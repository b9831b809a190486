// Settings as flags: what they take, what they refuse, and the texts of refusals and hints.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/flags.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::program;
using namespace heed::training;

TEST_CASE("command line: flags refuse what is no number, and what is out of range", "[examples]") {
    struct {
        double lr = 1, share = 0;
        Dim steps = 1, top = 0;
        std::string kind = "a";
        bool flip = true, erase = false;
        std::optional<bool> fold;
        std::optional<std::string> prompt;
        std::vector<std::string> files;
        void declare(Settings& s) {
            s.add("lr", lr, "d").above(0);
            s.add("share", share, "d").within(0, 1);
            s.add("steps", steps, "d").within(1);
            s.add("top_k", top, "d").within(0);
            s.add("kind", kind, "d").one_of({"a", "b"});
            s.add("flip", flip, "d");
            s.add("erase", erase, "d");
            s.add("fold", fold, "d").negated("keep");
            s.add("prompt", prompt, "d");
            s.add("files", files, "d").positional();
        }
    } o;
    const auto refusal = [&](std::vector<std::string> arguments) -> std::string {
        CLI::App app("d", "program");
        const Settings settings = settings_of(o);
        add_flags(app, settings);
        std::vector<const char*> all{"program"};
        for (const std::string& argument : arguments) all.push_back(argument.c_str());
        try {
            parse(app, static_cast<int>(all.size()), all.data());
        } catch (const UsageError& e) {
            return e.what();
        }
        return "";
    };
    CHECK_FALSE(refusal({"--no-erase"}).empty());
    for (const char* text : {"1", "0.5", "1e-3", "1e300"}) CHECK(refusal({"--lr", text}) == "");
    CHECK(o.lr == 1e300);
    for (const char* text : {"0", "-1", "nan", "inf", "-inf", "1e999", " 1", "1x", "0x1"})
        CHECK_THAT(refusal({"--lr=" + std::string(text)}), Containing(" is not a finite number above 0"));
    for (const char* text : {"-0.1", "1.5", "nan"})
        CHECK_THAT(refusal({"--share", text}), Containing(" is not a finite number from 0 to 1"));
    CHECK(refusal({"--steps", "9223372036854775807"}) == "");
    for (const char* text : {"0", "-1", "1.5", "1e3", "9223372036854775808", "x"})
        CHECK_THAT(refusal({"--steps", text}), Containing(fmt::format("'{}' is not a whole number from 1", text)));
    CHECK(refusal({"--top-k", "0"}) == "");
    CHECK_FALSE(refusal({"--top-k", "-1"}).empty());
    CHECK_FALSE(refusal({"--kind", "c"}).empty());
    CHECK(refusal({"--kind", "b", "--no-flip", "--erase", "--keep", "--prompt", "", "one", "two"}) == "");
    CHECK((o.kind == "b" && !o.flip && o.erase && o.fold == false && o.prompt == "" &&
           o.files == std::vector<std::string>{"one", "two"}));
    CHECK(refusal({"--fold"}) == "");
    CHECK(o.fold == true);
}

TEST_CASE("command line: a misspelt flag or command gets a hint", "[examples]") {
    const auto complaint = [](std::vector<const char*> arguments) -> std::string {
        CLI::App app("d", "pronounce");
        app.require_subcommand(1);
        double minutes = 0;
        CLI::App* train = app.add_subcommand("train", "d");
        Settings settings;
        settings.add("minutes", minutes, "d").above(0);
        add_flags(*train, settings);
        app.add_subcommand("eval", "d");
        arguments.insert(arguments.begin(), "pronounce");
        try {
            parse(app, static_cast<int>(arguments.size()), arguments.data());
        } catch (const UsageError& e) {
            return e.what();
        }
        return "";
    };
    CHECK(complaint({"train", "--minutes", "5"}) == "");
    CHECK(complaint({"train", "--minuts", "5"}) ==
          "unknown flag '--minuts'; did you mean --minutes?\nsee: pronounce train --help");
    CHECK_THAT(complaint({"train", "--minuts=5"}), Containing("did you mean --minutes?"));
    CHECK_THAT(complaint({"trian"}), StartsWith("unknown command 'trian'; did you mean train?\nsee: pronounce --help"));
    CHECK_THAT(complaint({"train", "--colour"}), StartsWith("unknown flag '--colour'\n"));
    CHECK_THAT(complaint({"train", "--minutes", "nan"}), Containing("'nan' is not a finite number above 0"));
    CHECK_THAT(complaint({"train", "5"}), StartsWith("unexpected argument '5'\n"));
    CHECK_FALSE(complaint({}).empty());
    const std::vector<std::string> known{"--seed", "--steps"};
    CHECK(nearest("--step", known) == "--steps");
    CHECK(nearest("--x", known) == "");
    CHECK(nearest("-q", std::vector<std::string>{"-m", "-x"}) == "");
}
