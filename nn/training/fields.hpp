#pragma once
// A program's settings by name: written to the run's folder as JSON, and read again.
#include <filesystem>
#include <limits>
#include <heed/nn/training/record.hpp>

namespace heed::training {

// Names for the members of a struct of settings; it keeps pointers to them.
//     Fields fields;
//     fields.add("width", options.width).within(1, 4096).add("lr", options.lr);
class Fields {
public:
    template <class T>  // bool, std::int64_t (Dim), std::uint64_t, double, std::string
    Fields& add(std::string name, T& value) {
        fields_.push_back({std::move(name), &value});
        return *this;
    }
    // What read() takes for the field added last, a number or a text: a program need not fear what somebody wrote into its file.
    Fields& within(double least, double most = std::numeric_limits<double>::infinity());
    Fields& one_of(std::vector<std::string> texts);
    // The same field did not exist from the beginning: what a file without it meant, which need not be today's default. Throws RangeError for a
    // value of another type than the member's.
    Fields& added_later(Value before);
    // A run may go on with another value of it: its length, or where its data lie.
    Fields& may_change();
    bool may_change(const std::string& name) const;

    // The first field whose text is not UTF-8, and that text: JSON cannot hold it.
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
    struct Field {
        std::string name;
        std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*> place;
        double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
        std::vector<std::string> texts = {};  // empty: any
        std::optional<Value> before = {};     // what a file without it meant; none: a file must have it
        bool changes = false;
    };
    template <class Wanted>
    Record fields_that(Wanted wanted) const;  // of the fields that are
    std::vector<Field> fields_;
};

}  // namespace heed::training
