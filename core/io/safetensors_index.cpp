// The index of weights in several safetensors files.
#include <algorithm>
#include <filesystem>
#include <set>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/safetensors_index.hpp>

namespace heed::io {
namespace {

constexpr std::uint64_t longest_index = 100'000'000;
constexpr std::size_t most_files = 1000;  // each is open at the same time

// A name that cannot lead out of the index's folder.
bool is_plain(std::string_view name) {
    constexpr std::string_view end = ".safetensors";
    return name.size() > end.size() && name.ends_with(end) && name.find_first_of("/\\\x7f") == name.npos &&
           std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

// Receives the JSON as events: of what an index may hold, only the weight map is kept, whatever stands in the metadata.
class IndexEvents : public nlohmann::json_sax<nlohmann::json> {
public:
    IndexEvents(std::string_view path, WeightMap& map) : path_(path), map_(map) {}

    bool null() override { return other("null"); }
    bool boolean(bool) override { return other("a boolean"); }
    bool number_integer(std::int64_t) override { return other("a number"); }
    bool number_unsigned(std::uint64_t) override { return other("a number"); }
    bool number_float(double, const std::string&) override { return other("a number"); }
    bool binary(binary_t&) override { return other("binary data"); }
    bool start_array(std::size_t) override { return other("an array") && ++inside_ > 0; }
    bool end_array() override { return --inside_, true; }

    bool string(std::string& text) override {
        if (position_ != Position::map) return other("a string");
        if (!is_plain(text))
            wrong(fmt::format("is in the file {}; expected a name that ends in '.safetensors', without a folder",
                              in_quotes(text)));
        if (files_.insert(text).second && files_.size() > most_files)
            wrong(fmt::format("is in one file more than {}, the most that are opened", most_files));
        map_[key_] = text;
        return true;
    }

    bool start_object(std::size_t) override {
        if (position_ == Position::start) position_ = Position::top;
        else if (position_ == Position::top && key_ == "metadata") position_ = Position::metadata;
        else if (position_ == Position::top && key_ == "weight_map") position_ = Position::map;
        else if (position_ == Position::metadata) ++inside_;
        else return other("an object");
        return true;
    }

    bool key(std::string& text) override {
        if (position_ == Position::metadata) return true;
        key_ = text;
        if (position_ == Position::top) {
            if (text != "metadata" && text != "weight_map")
                refuse_file(path_, "index",
                            fmt::format("unknown field {}; expected metadata and weight_map", in_quotes(text)));
            if (!fields_.insert(text).second) refuse_file(path_, "index", fmt::format("'{}' is there twice", text));
        } else if (map_.contains(text)) {
            wrong("is there twice");
        }
        return true;
    }

    bool end_object() override {
        if (position_ == Position::metadata && inside_ > 0) --inside_;
        else position_ = Position::top;
        return true;
    }

    bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception&) override {
        refuse_file(path_, at_byte(position > 0 ? position - 1 : 0),
                    fmt::format("the index is no valid JSON near {}; the file is damaged", in_quotes(token)));
    }

    bool has_map() const { return fields_.contains("weight_map"); }

private:
    enum class Position { start, top, metadata, map };

    [[noreturn]] void wrong(std::string_view text) const {
        refuse_file(path_, fmt::format("tensor {}", in_quotes(key_)), text);
    }
    // A value that only metadata may hold.
    bool other(std::string_view what) const {
        switch (position_) {
        case Position::start: refuse_file(path_, "index", fmt::format("is {}; expected an object", what));
        case Position::top: refuse_file(path_, "index", fmt::format("'{}' is {}; expected an object", key_, what));
        case Position::map: wrong(fmt::format("is {}; expected the name of a file", what));
        case Position::metadata: break;
        }
        return true;
    }

    std::string_view path_;
    WeightMap& map_;
    Position position_ = Position::start;
    std::string key_;
    std::size_t inside_ = 0;  // arrays and objects that are open in the metadata
    std::set<std::string> fields_, files_;
};

std::string in_folder(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code ignored;  // what cannot be looked at cannot be opened either, and that error is better
    if (!fs::is_directory(path, ignored)) return path;
    const fs::path one = fs::path(path) / "model.safetensors", index = one.string() + ".index.json";
    if (fs::exists(one, ignored)) return one.string();
    if (fs::exists(index, ignored)) return index.string();
    throw FileError(
        fmt::format("{}: is a folder with neither model.safetensors nor model.safetensors.index.json", path));
}

}  // namespace

WeightMap parse_safetensors_index(std::string_view text, std::string_view path) {
    WeightMap map;
    IndexEvents events(path, map);
    nlohmann::json::sax_parse(text.begin(), text.end(), &events);
    if (!events.has_map()) refuse_file(path, "index", "has no 'weight_map'; is it the index of safetensors files?");
    return map;
}

SafetensorsFiles::SafetensorsFiles(const std::string& path) : path_(in_folder(path)) {
    if (path_.ends_with(".json")) {
        open_all(parse_safetensors_index(read_text(path_, longest_index), path_));
        return;
    }
    files_.push_back(std::make_unique<SafetensorsReader>(path_));
    for (const TensorInfo& tensor : files_.back()->tensors()) tensors_.push_back({files_.back().get(), &tensor});
}

void SafetensorsFiles::open_all(const WeightMap& map) {
    const std::string folder = path_.substr(0, path_.rfind('/') + 1);
    std::map<std::string_view, std::vector<std::string_view>> held;  // of each file, the tensors that the index states
    for (const auto& [tensor, file] : map) held[file].push_back(tensor);
    for (const auto& [name, tensors] : held) {
        files_.push_back(std::make_unique<SafetensorsReader>(folder + std::string(name)));
        const SafetensorsReader& file = *files_.back();
        for (const std::string_view tensor : tensors)
            if (!file.find(tensor))
                refuse_file(
                    path_, fmt::format("tensor {}", in_quotes(tensor)),
                    fmt::format("is not in {}, as the index states; are the files of one model?", in_quotes(name)));
        for (const TensorInfo& tensor : file.tensors()) {
            const auto stated = map.find(tensor.name);
            if (stated == map.end() || stated->second != name)
                refuse_file(path_, fmt::format("tensor {}", in_quotes(tensor.name)),
                            fmt::format("is in {}, and the index states {}; are the files of one model?",
                                        in_quotes(name), stated == map.end() ? "nothing" : in_quotes(stated->second)));
            tensors_.push_back({&file, &tensor});
        }
    }
}

}  // namespace heed::io
