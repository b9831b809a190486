#pragma once
// A program's settings by name: written to the run's folder as JSON, and read again.
#include <filesystem>
#include <heed/nn/training/record.hpp>

namespace heed::training {

// Names for the members of a struct of settings; it keeps pointers to them.
//     Fields fields;
//     fields.add("width", options.width).add("lr", options.lr);
class Fields {
public:
    template <class T>  // bool, std::int64_t (Dim), std::uint64_t, double, std::string
    Fields& add(std::string name, T& value) {
        places_.emplace_back(std::move(name), &value);
        return *this;
    }
    std::string json() const;
    // Sets every member, or none. Throws FileError, naming `file`, for what is no JSON object, a missing or unknown field, or a value
    // of another type.
    void read(const std::string& json, const std::string& file) const;

    void save(const std::filesystem::path& path) const;  // throws IoError
    void load(const std::filesystem::path& path) const;  // throws FileError, IoError

private:
    using Place = std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*>;
    std::vector<std::pair<std::string, Place>> places_;
};

}  // namespace heed::training
