// Reading which boxes images have, and those images.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/image/box_parts.hpp>

namespace heed::image {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    for (std::size_t end = 0; end != text.npos; text.remove_prefix(std::min(end, text.size() - 1) + 1)) {
        end = text.find(at);
        parts.emplace_back(text.substr(0, end));
        if (end == text.npos) break;
    }
    return parts;
}

// COCO's JSON while it is read.
struct Coco {
    const std::string& path;
    nlohmann::json json;
    BoxFile result = {};
    std::map<std::int64_t, std::string> categories = {};
    std::map<std::int64_t, std::size_t> images = {};

    const nlohmann::json& list(const char* key) const {
        const nlohmann::json& part = json.at(key);
        if (!part.is_array()) throw FileError(fmt::format("{}: \"{}\" is no list", path, key));
        return part;
    }
    void read_categories(const std::vector<std::string>& known) {
        std::set<std::string> names;
        for (const auto& category : list("categories")) {
            const auto id = category.at("id").get<std::int64_t>();
            if (!categories.emplace(id, category.at("name").get<std::string>()).second)
                throw FileError(fmt::format("{}: two categories have id {}", path, id));
            names.insert(categories[id]);
        }
        result.classes = classes_of(known, std::move(names));
    }
    void read_images() {
        for (const auto& image : list("images")) {
            const auto id = image.at("id").get<std::int64_t>();
            if (!images.emplace(id, result.images.size()).second)
                throw FileError(fmt::format("{}: two images have id {}", path, id));
            const BoxFile::Entry entry{image.at("file_name").get<std::string>(), image.at("width").get<double>(),
                                       image.at("height").get<double>()};
            if (!(entry.width > 0 && entry.height > 0))
                throw FileError(fmt::format("{}: image {} has a size of {} x {}", path, id, entry.width, entry.height));
            result.images.push_back(entry);
        }
    }
    void read_annotation(const nlohmann::json& annotation, const std::string& where) {
        const auto image = images.find(annotation.at("image_id").get<std::int64_t>());
        const auto category = categories.find(annotation.at("category_id").get<std::int64_t>());
        if (image == images.end() || category == categories.end())
            throw FileError(
                fmt::format("{}: there is no {} of that id", where, image == images.end() ? "image" : "category"));
        const auto b = annotation.at("bbox").get<std::array<double, 4>>();
        BoxFile::Entry& entry = result.images[image->second];
        const LabelledBox box{{b[0], b[1], b[0] + b[2], b[1] + b[3]},
                              label_in(result.classes, category->second, where),
                              annotation.value("iscrowd", 0) != 0};
        check_box(where, box.box, entry.width, entry.height);
        entry.boxes.push_back(box);
    }
};

}  // namespace

BoxFile read_box_table(const std::string& path, const std::vector<std::string>& known) {
    BoxFile result;
    std::vector<std::vector<std::string>> rows;
    std::set<std::string> names;
    const auto where = [&](std::size_t line) { return fmt::format("{}:{}", path, line + 1); };
    for (std::string& line : split(checked_text(path), '\n')) {
        if (line.ends_with('\r')) line.pop_back();
        rows.push_back(split(line, '\t'));
        if (rows.back() == std::vector<std::string>{""}) continue;
        if (rows.back().size() != 6)
            throw FileError(fmt::format("{}: {} columns; expected 6: file, class, left, top, right, bottom",
                                        where(rows.size() - 1), rows.back().size()));
        names.insert(rows.back()[1]);
    }
    result.classes = classes_of(known, std::move(names));
    std::set<std::string> files;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::vector<std::string>& row = rows[i];
        if (row.size() != 6) continue;
        double at[4];
        for (std::size_t k = 0; k < 4; ++k) at[k] = number_in(row[k + 2], where(i));
        const LabelledBox box{{at[0], at[1], at[2], at[3]}, label_in(result.classes, row[1], where(i))};
        check_box(where(i), box.box, 0, 0);
        if (result.images.empty() || result.images.back().file != row[0]) {
            if (!files.insert(row[0]).second)
                throw FileError(
                    fmt::format("{}: the lines of '{}' do not follow each other", where(i), utf8::printable(row[0])));
            result.images.push_back({row[0]});
        }
        result.images.back().boxes.push_back(box);
    }
    return result;
}

BoxFile read_coco(const std::string& path, const std::vector<std::string>& known) {
    try {
        Coco coco{path, nlohmann::json::parse(checked_text(path))};
        coco.read_categories(known);
        coco.read_images();
        std::size_t n = 0;
        for (const auto& annotation : coco.list("annotations"))
            coco.read_annotation(annotation, fmt::format("{}: annotation {}", path, n++));
        return std::move(coco.result);
    } catch (const nlohmann::json::exception& e) {
        throw FileError(fmt::format("{}: cannot be read as COCO's JSON: {}", path, e.what()));
    }
}

BoxedImages read_boxed_images(const std::string& folder, const BoxFile& listed, Dim channels, double scale) {
    BoxedImages result;
    LabelledImages& all = result.images;
    all.channels = channels, all.classes = listed.classes;
    for (const BoxFile::Entry& entry : listed.images) {
        const std::string path = (std::filesystem::path(folder) / entry.file).replace_extension(".png").string();
        const Image image = read_png(path, channels);
        add_values(all, image, path);
        const auto width = static_cast<double>(image.width), height = static_cast<double>(image.height);
        std::vector<LabelledBox> boxes = entry.boxes;
        for (LabelledBox& b : boxes) {
            const double x = entry.width > 0 ? entry.width / width : scale;
            const double y = entry.height > 0 ? entry.height / height : scale;
            check_box(path, b.box, width * x, height * y);
            b.box = {b.box.left / x, b.box.top / y, b.box.right / x, b.box.bottom / y};
        }
        all.labels.push_back(static_cast<std::int64_t>(boxes.size()));
        result.boxes.push_back(std::move(boxes)), result.files.push_back(entry.file);
    }
    if (result.files.empty()) throw FileError(fmt::format("{}: no image is listed", folder));
    return result;
}

BoxFile read_boxes(const std::string& path, const std::vector<std::string>& known) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return read_voc(path, known);
    return path.ends_with(".json") ? read_coco(path, known) : read_box_table(path, known);
}

}  // namespace heed::image
