#pragma once
// One setting of a program; see settings.hpp.
#include <filesystem>
#include <limits>
#include <heed/nn/training/settings/record.hpp>

namespace heed::training {

// Which file holds a setting: the run's config.json, or the model's, which holds what the data gave as well.
enum class SettingsFile { run, model };

// One setting: a name, the member that it sets, and which values it may have.
class Setting {
public:
    using Target = std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*, std::filesystem::path*,
                                std::optional<std::string>*, std::optional<bool>*, std::vector<std::string>*>;

    // What it may be, a finite number or a text; flags and config.json refuse all else.
    Setting& within(double least, double most = std::numeric_limits<double>::infinity());
    Setting& above(double least);
    Setting& one_of(std::vector<std::string> texts);
    Setting& required();           // by a new run, or by a command
    Setting& zero_unless_given();  // config.json may hold 0, even outside the range: it was not given

    // The field did not exist from the beginning: `before` is what a file without it meant, which need not be today's
    // default. Throws RangeError for a value of another type than the member's.
    Setting& added_later(Value before);
    Setting& formerly(std::string name);  // files of earlier versions may have it under that name
    Setting& may_change();  // a run may continue with another value of it: its length, or where its data lie

    Setting&
    no_flag();  // what a program finds in its data, or knows better; left out of files where it is as before it existed
    Setting& of_data();                  // what the data give, such as a vocabulary: in the model's file alone
    Setting& of_call();                  // part of no run: not in config.json, and free at --resume
    Setting& decides_new_runs();         // as of_call(), but used only where a run begins
    Setting& negated(std::string flag);  // what switches it off, instead of --no-NAME
    Setting& positional();               // an argument without a flag, after the flags

    const std::string& name() const { return name_; }
    std::string flag() const;  // --its-name, or its name for one without
    const std::string& help() const { return help_; }
    Value value() const;  // an empty text for what no file holds

private:
    friend class Settings;
    friend struct Flags;  // in nn/program/flags.cpp, which makes flags of them
    enum class Kind { run, data, call, new_run };

    std::string name_, former_, help_, negated_;
    Target target_;
    double least_ = -std::numeric_limits<double>::infinity(), most_ = std::numeric_limits<double>::infinity();
    bool above_ = false;              // least_ itself is refused
    std::vector<std::string> texts_;  // empty: any
    std::optional<Value> before_;     // what a file without it meant; none: a file must have it
    Kind kind_ = Kind::run;
    bool required_ = false, zero_ = false, changes_ = false, flagged_ = true, positional_ = false;

    template <class T, class U>
    Setting& with(T& member, U value) {
        member = std::move(value);
        return *this;
    }
    void set(const Value& value) const;
    bool takes(double value) const;
    std::string range() const;  // "0 to 1", "above 0"
    bool is_on() const;         // a flag that is true
    bool has_no_text() const;   // an empty text or path
    bool is_in(SettingsFile file) const;
};

}  // namespace heed::training
