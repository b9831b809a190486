#pragma once
// Data prepared once, for all runs that use them: a file of ids (data::Prepared), named by a hash of what it was made
// of, in a folder beside those of runs. Small data are prepared in memory, each time.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include <nlohmann/json.hpp>
#include <heed/nn/data/prepared.hpp>
#include <heed/nn/data/source.hpp>
#include <heed/nn/program/options.hpp>
#include <heed/nn/training/run/progress.hpp>

namespace heed::program {

// Files of less than this in all are prepared in memory, in less than about a second, unless --prepared is given.
inline constexpr std::uint64_t kept_from = std::uint64_t{16} << 20;  // bytes

struct Preparation {
    std::string kind;                   // begins the file's name: the program, and what it stores if that changes
    std::vector<std::string> files;     // what the data are read from, each a source of its own
    std::string folder = {};            // where the files are: many, and together one source
    nlohmann::json settings = nullptr;  // what else decides what comes out
    int passes = 1;                     // over the files, for progress
};

// Prepared data with what their program noted about them.
class PreparedData {
public:
    // Throws FileError for notes that are no JSON object.
    explicit PreparedData(data::Prepared ids);

    const data::Prepared& ids() const { return ids_; }
    // Throws FileError for what is not there, or is of another type.
    template <class T>
    T note(const char* name) const {
        try {
            return notes_.at("made").at(name).get<T>();
        } catch (const nlohmann::json::exception& e) {
            refuse(e.what());
        }
    }

private:
    friend PreparedData prepare_here(const Launch&, const Preparation&,
                                     const std::function<PreparedData(class Making&)>&);
    [[noreturn]] void refuse(const char* why) const;
    data::Prepared ids_;
    nlohmann::json notes_;
};

// One preparation while it goes on.
class Making {
public:
    const std::string& path() const { return path_; }  // for PreparedWriter: empty where it is to be made in memory
    // Bytes of the files that were read in the pass that is going on.
    void at(std::uint64_t bytes);
    void end_pass();
    // Puts the file in place. Throws ChangedError for a source that changed since the preparation began.
    PreparedData finish(data::PreparedWriter& writer, nlohmann::json notes);

private:
    friend PreparedData prepare_here(const Launch&, const Preparation&, const std::function<PreparedData(Making&)>&);
    Making(const Preparation& what, std::vector<data::Source> sources, std::string path);

    const Preparation& what_;
    std::vector<data::Source> sources_;
    nlohmann::json stored_ = nlohmann::json::array();  // the sources, as the file states them
    std::string path_;
    std::uint64_t before_ = 0, shown_ = 0;  // bytes of the passes that are done; of all that was shown
    std::optional<training::Progress> progress_;
};

// The file that was made of these data; or else `make` makes it, with progress on standard error: it reads the files,
// and returns what Making::finish() gives. Killed, it leaves nothing that is taken for a file, and the next run begins
// anew. Begins within a fraction of a second where the file is there: a source is then identified by its size, its time
// and a sample of its content, and read whole only if its time changed. Throws ChangedError for a source that changed
// since then, FileError for a file that is damaged, IoError.
PreparedData prepare(const Launch& launch, const Preparation& what, const std::function<PreparedData(Making&)>& make);

}  // namespace heed::program
