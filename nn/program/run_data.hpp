#pragma once
// data.json in a run's folder: which data the run began with, and what was made of them (vocabulary, split), so that a
// resumed run continues with that.
#include <initializer_list>
#include <optional>
#include <string_view>
#include <nlohmann/json.hpp>
#include <heed/nn/program/run.hpp>

namespace heed::program {

// How many examples, and which in which order.
struct Examples {
    Dim count = 0;
    std::uint64_t hash = 0;

    void add(std::initializer_list<std::string_view> parts);      // one more, of these parts
    void add_hashed(std::initializer_list<std::uint64_t> parts);  // the same, where hash_text() of each is known
    bool operator==(const Examples&) const = default;
};

// For Examples::add().
template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

class RunData {
public:
    // Reads data.json of a resumed run; empty for a new run, or one of an earlier version. Throws FileError for a
    // damaged file, IoError.
    explicit RunData(const Launch& launch);
    // Of the run that left a model in `folder`.
    static RunData of(const std::filesystem::path& folder) { return RunData({.folder = folder, .resume = true}); }

    // How many examples the run trained on when it began, where that is known: what is split into two parts is split
    // there again.
    std::optional<Dim> cut() const;

    // These are the data now, counted in `unit`, such as "words". Throws FileError, naming what changed, unless the run
    // is to continue with changed data: then a note on standard error names it. A run of an earlier version, which did
    // not record its data, gets a warning.
    void take(const Examples& train, const Examples& held_out, const char* unit);

    // What was made of the data when the run began, where that is known; or else `make()`, now.
    template <class T>
    std::optional<T> made(const char* name) const {
        return json_.contains(name) ? checked([&] { return std::optional<T>(json_.at(name).get<T>()); }) : std::nullopt;
    }
    template <class T, class Make>
    T made(const char* name, Make make) {
        if (!json_.contains(name)) json_[name] = T(make());
        return *made<T>(name);
    }

    // Writes data.json if it changed: what FitOptions::started should do. Throws IoError.
    void save() const;

private:
    template <class Read>
    auto checked(Read read) const {
        try {
            return read();
        } catch (const nlohmann::json::exception& e) {
            refuse(e.what());
        }
    }
    [[noreturn]] void refuse(const std::string& why) const;
    std::optional<Examples> stored(const char* part) const;

    Launch launch_;
    nlohmann::json json_ = nlohmann::json::object();
};

// Of a run on these data, which it records when it begins. `per_epoch`: batches in one epoch.
template <class Options>
training::FitOptions fit_options(Options& options, const Launch& launch, Dim per_epoch, const RunData& run) {
    training::FitOptions fit = fit_options(options, launch, per_epoch, training::settings_of(options));
    fit.started = [&run] { run.save(); };
    return fit;
}

}  // namespace heed::program
