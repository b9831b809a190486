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
    // The same field did not exist from the beginning: what a file without it meant.
    Fields& added_later(Value before);

    // The first field whose text is not UTF-8, and that text: JSON cannot hold it.
    std::optional<std::pair<std::string, std::string>> not_utf8() const;
    std::string json() const;
    // Sets every member, or none. Throws FileError, naming `file`, for what is no JSON object, a field that is missing, unknown or there twice,
    // and a value of another type or not among those that are taken.
    void read(const std::string& json, const std::string& file) const;

    void save(const std::filesystem::path& path) const;  // throws IoError
    void load(const std::filesystem::path& path) const;  // throws FileError, IoError

private:
    struct Field {
        std::string name;
        std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*> place;
        double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
        std::vector<std::string> texts = {};  // empty: any
        std::optional<Value> before = {};     // what a file without it meant; none: a file must have it
    };
    std::vector<Field> fields_;
};

}  // namespace heed::training
