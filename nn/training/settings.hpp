#pragma once
// A program's settings, each said once: its flag, --help, config.json, the refusal of what is out of range, and what compare shows come
// from the one line that declares it.
#include <filesystem>
#include <limits>
#include <list>
#include <heed/nn/training/record.hpp>

namespace heed::training {

// One setting: a name, the member that it sets, and what may stand there.
class Setting {
public:
    using Place = std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*, std::filesystem::path*, std::optional<std::string>*,
                               std::optional<bool>*, std::vector<std::string>*>;

    // What it may be, a finite number or a text; flags and config.json refuse all else.
    Setting& within(double least, double most = std::numeric_limits<double>::infinity());
    Setting& above(double least);
    Setting& one_of(std::vector<std::string> texts);
    Setting& required();           // by a new run, or by a command
    Setting& zero_unless_given();  // beside what may be given, config.json may hold 0: it was not

    // The same field did not exist from the beginning: what a file without it meant, which need not be today's default. Throws RangeError for a
    // value of another type than the member's.
    Setting& added_later(Value before);
    Setting& may_change();  // a run may go on with another value of it: its length, or where its data lie

    Setting& no_flag();                  // what a program finds in its data, or knows better; left out of files where it is as before it existed
    Setting& of_call();                  // part of no run: not in config.json, and free at --resume
    Setting& decides_new_runs();         // as of_call(), but of use where a run begins alone
    Setting& negated(std::string flag);  // what switches it off, instead of --no-NAME
    Setting& positional();               // without a flag: what stands behind the flags

    const std::string& name() const { return name_; }
    std::string flag() const;  // --its-name, or its name for one without
    const std::string& help() const { return help_; }

private:
    friend class Settings;
    friend struct Flags;  // in nn/program/flags.cpp, which makes flags of them
    enum class Kind { run, call, new_run };

    std::string name_, help_, negated_;
    Place place_;
    double least_ = -std::numeric_limits<double>::infinity(), most_ = std::numeric_limits<double>::infinity();
    bool above_ = false;                  // least_ itself is refused
    std::vector<std::string> texts_;      // empty: any
    std::optional<Value> before_;         // what a file without it meant; none: a file must have it
    Kind kind_ = Kind::run;
    bool required_ = false, zero_ = false, changes_ = false, flagged_ = true, positional_ = false;

    bool takes(double value) const;
    std::string range() const;  // "0 to 1", "above 0"
    bool is_on() const;         // a flag that stands at true
    bool has_no_text() const;   // an empty text or path
};

// Settings in the order in which they were declared; it keeps pointers to the members.
//     void declare(training::Settings& s) {
//         s.add("width", width, "of the states").within(1, 4096);
//         s.add("lr", lr, "the highest learning rate").above(0);
//     }
class Settings {
public:
    // bool, std::int64_t (Dim), std::uint64_t, double, std::string, std::filesystem::path; for flags alone optional texts and flags, and lists
    // of texts. Throws RangeError for a name that is taken.
    template <class T>
    Setting& add(std::string name, T& value, std::string help = {}) {
        return add_at(std::move(name), &value, std::move(help));
    }
    Setting& operator[](std::string_view name);  // throws RangeError for one that there is none of
    const Setting* find(std::string_view name) const;

    // The first setting whose text is not UTF-8, and that text: JSON cannot hold it.
    std::optional<std::pair<std::string, std::string>> not_utf8() const;
    std::string json() const;
    // The same without what may change, and without fields that have the value they had before they existed: equal for two runs that may be one,
    // also where the older file was written by a version with fewer fields.
    std::string identity() const;
    // Sets every member but those named in `keep`, or none. Throws FileError, naming `file`, for what is no JSON object, a field that is missing
    // without having been added later, unknown or there twice, and a value of another type or not among those that are taken.
    void read(const std::string& json, const std::string& file, const std::vector<std::string>& keep = {}) const;

    void save(const std::filesystem::path& path) const;  // throws IoError
    void load(const std::filesystem::path& path, const std::vector<std::string>& keep = {}) const;  // throws FileError, IoError

private:
    friend struct Flags;
    Setting& add_at(std::string name, Setting::Place place, std::string help);
    template <class Wanted>
    Record fields_that(Wanted wanted) const;  // of the run's settings that are
    std::list<Setting> all_;  // add() hands out references
};

// Of a struct with a member declare(Settings&).
template <class Options>
Settings settings_of(Options& options) {
    Settings settings;
    options.declare(settings);
    return settings;
}

}  // namespace heed::training
