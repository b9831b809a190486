#pragma once
// Saving and loading by name, in safetensors files. A save is whole or not at all, also when the machine stops in the
// middle.
#include <filesystem>
#include <map>
#include <heed/nn/optim/ema.hpp>
#include <heed/nn/optim/optimizer.hpp>

namespace heed::nn {

// Arrays by name, and text by name. What a model and its training need to continue.
class HEED_ABI Checkpoint {
public:
    std::map<std::string, std::string> notes;  // the file's metadata

    // Of an array of this shape some elements, each part from the element on that is named; perhaps none.
    struct Parts {
        Shape shape;
        std::vector<std::pair<Dim, Array>> list = {};
    };
    std::map<std::string, Parts> parts;  // by name; of what several processes keep together, which cannot be saved

    void put(const std::string& name, const Array& value);
    void put(const std::string& name, const Ints& value);
    void put(const std::string& prefix, const Params& params);        // as PREFIX + the parameter's name
    void put(const std::string& prefix, const Optimizer& optimizer);  // its state, kind and version
    void put(const std::string& prefix, const Ema& ema);              // averages and the number of updates
    void put(const std::string& prefix, const Checkpoint& all);       // its arrays and notes

    // Throw FileError, naming the file, for what is missing, has another shape or type, or (params) is left over below
    // the prefix. They change all that they are given, or nothing. Tensors of integers, of any dtype, are ints, the
    // others arrays.
    Array array(const std::string& name) const;
    Array array(const std::string& name, const Shape& shape) const;  // of this shape
    Ints ints(const std::string& name) const;
    void get(const std::string& prefix, const Params& params) const;
    void get(const std::string& prefix,
             Optimizer& optimizer) const;  // also for the state of another kind, or of a later version
    void get(const std::string& prefix, Ema& ema) const;
    const std::string& note(const std::string& name) const;
    Dim number(const std::string& name) const;                 // a note that is a count
    double real(const std::string& name) const;                // a note that is a number
    std::vector<double> reals(const std::string& name) const;  // a note of numbers, with a space between them
    const std::string& name() const { return file_; }          // the file's, where it is from one
    bool holds(const std::string& name) const { return arrays_.contains(name) || ints_.contains(name); }
    Checkpoint part(const std::string& prefix) const;  // all below the prefix, without it; empty if there is nothing

    // Of all but the parts.
    std::uint64_t hash() const;

    // Writes `path` with a checksum. Throws IoError; `path` then still holds what it held before. Throws Error where
    // there are parts.
    void save(const std::filesystem::path& path) const;
    // Throws FileError also for an integer above those of 64 bits with a sign.
    static Checkpoint load(const std::filesystem::path& path);

    // The same, keeping the save before as PATH.previous; load_latest() falls back to it if the last one is damaged,
    // and reports that in `warning`.
    void save_keeping_previous(const std::filesystem::path& path) const;
    static Checkpoint load_latest(const std::filesystem::path& path, std::string& warning);

private:
    std::string file_ = "checkpoint", prefix_ = {};  // for messages: where it is from
    std::map<std::string, Array> arrays_;
    std::map<std::string, Ints> ints_;
};

}  // namespace heed::nn
