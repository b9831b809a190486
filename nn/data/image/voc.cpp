// Boxes in Pascal VOC's XML files, read through pugixml.
#include <filesystem>
#include <fmt/format.h>
#include <heed/nn/data/entries.hpp>
#include <heed/nn/data/image/box_parts.hpp>
#if HEED_PUGIXML
#include <pugixml.hpp>
#endif

namespace heed::image {

#if HEED_PUGIXML
namespace {

// An image with the names of its boxes' classes.
struct Named {
    BoxFile::Entry image;
    std::vector<std::string> classes;
};

Named read_one(const std::string& path) {
    const std::string text = checked_text(path);
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size());
    if (!parsed)
        throw FileError(
            fmt::format("{}: byte {}: cannot be read as XML: {}", path, parsed.offset, parsed.description()));
    const pugi::xml_node all = document.child("annotation"), size = all.child("size");
    if (!all) throw FileError(fmt::format("{}: has no <annotation>", path));
    Named named{{all.child_value("filename"), number_in(size.child_value("width"), path + ": width"),
                 number_in(size.child_value("height"), path + ": height")},
                {}};
    if (!(named.image.width > 0 && named.image.height > 0))
        throw FileError(fmt::format("{}: a size of {} x {}", path, named.image.width, named.image.height));
    for (const pugi::xml_node object : all.children("object")) {
        const std::string where = fmt::format("{}: object {}", path, named.classes.size() + 1);
        const pugi::xml_node box = object.child("bndbox");
        const auto at = [&](const char* name) { return number_in(box.child_value(name), where); };
        named.image.boxes.push_back({{at("xmin"), at("ymin"), at("xmax"), at("ymax")}});
        check_box(where, named.image.boxes.back().box, named.image.width, named.image.height);
        named.classes.emplace_back(object.child_value("name"));
    }
    return named;
}

}  // namespace

BoxFile read_voc(const std::string& path, const std::vector<std::string>& known) {
    std::error_code error;
    std::vector<std::filesystem::path> files{path};
    if (std::filesystem::is_directory(path, error)) files = data::visible_entries(path, "XML files");
    std::vector<Named> all;
    std::vector<std::string> paths;
    std::set<std::string> names;
    for (const std::filesystem::path& file : files) {
        paths.push_back(file.string());
        all.push_back(read_one(paths.back()));
        names.insert(all.back().classes.begin(), all.back().classes.end());
    }
    BoxFile result;
    result.classes = classes_of(known, std::move(names));
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t k = 0; k < all[i].classes.size(); ++k)
            all[i].image.boxes[k].label =
                label_in(result.classes, all[i].classes[k], fmt::format("{}: object {}", paths[i], k + 1));
        result.images.push_back(std::move(all[i].image));
    }
    return result;
}
#else
BoxFile read_voc(const std::string& folder, const std::vector<std::string>&) {
    throw FileError(
        fmt::format("{}: heed was built without pugixml (Debian: libpugixml-dev), which reads XML", folder));
}
#endif

}  // namespace heed::image
