#pragma once
// A program's settings, each declared once: its flag, --help, config.json, the model's file, the check of its range,
// and what `compare` shows come from the one line that declares it.
#include <list>
#include <heed/nn/training/settings/identity.hpp>
#include <heed/nn/training/settings/setting.hpp>

namespace heed::training {

// Settings in the order in which they were declared; it keeps pointers to the members.
//     void declare(training::Settings& s) {
//         s.add("width", width, "of the states").within(1, 4096);
//         s.add("lr", lr, "the highest learning rate").above(0);
//     }
class Settings {
public:
    // bool, std::int64_t (Dim), std::uint64_t, double, std::string, std::filesystem::path, lists of texts; for flags
    // alone optional texts and flags. Throws RangeError for a name that is taken.
    template <class T>
    Setting& add(std::string name, T& value, std::string help = {}) {
        return add_at(std::move(name), &value, std::move(help));
    }
    Setting& operator[](std::string_view name);  // throws RangeError for one that does not exist
    const Setting* find(std::string_view name) const;

    // The first setting whose text is not UTF-8, and that text: JSON cannot hold it.
    std::optional<std::pair<std::string, std::string>> not_utf8() const;
    std::string json(SettingsFile file = SettingsFile::run) const;
    // Those that a run keeps from its beginning to its end: without its length, and without where its data lie.
    Identity identity() const;
    // Sets every member but those named in `keep`, or none. Throws FileError, naming `file`, for what is no JSON
    // object, a field that is missing without having been added later, unknown or there twice, and a value of another
    // type or not among those that are taken.
    void read(const std::string& json, const std::string& file, const std::vector<std::string>& keep = {},
              SettingsFile = SettingsFile::run) const;

    // config.json.
    void save(const std::filesystem::path& path) const;  // throws IoError
    void load(const std::filesystem::path& path,
              const std::vector<std::string>& keep = {}) const;  // throws FileError, IoError

private:
    friend struct Flags;
    Setting& add_at(std::string name, Setting::Target target, std::string help);
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
