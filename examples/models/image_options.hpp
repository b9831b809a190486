#pragma once
// What a run on images finds in its data, as a part of its model's options.
#include <algorithm>
#include <string>
#include <vector>
#include <nlohmann/json.hpp>
#include <heed/nn/data/image/images.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::models {

struct ImageOptions {
    Dim height, width, channels;
    std::string classes = {};        // their names, as a JSON list; see class_names()
    double mean = 0, deviation = 1;  // of the images' values

    // Of the JSON list; or, as patches wrote them before, of names with commas between them.
    std::vector<std::string> class_names() const {
        const auto list = nlohmann::json::parse(classes, nullptr, false);
        if (list.is_array() && std::ranges::all_of(list, [](const auto& name) { return name.is_string(); }))
            return list;
        std::vector<std::string> names(classes.empty() ? 0 : 1);
        for (const char c : classes) {
            if (c == ',') names.emplace_back();
            else names.back() += c;
        }
        return names;
    }
    Dim class_count() const { return static_cast<Dim>(class_names().size()); }

    void set_from_data(const image::LabelledImages& images, const image::Moments& moments) {
        height = images.height, width = images.width, channels = images.channels;
        // If the names are the same, the text of an earlier run is kept.
        if (class_names() != images.classes) classes = nlohmann::json(images.classes).dump();
        mean = moments.mean, deviation = moments.deviation;
    }

    // `about_channels`: of the flag --channels; none: the data alone decide.
    void declare(training::Settings& s, const std::string& about_channels = {}) {
        s.add("height", height).within(1, program::most_rows).no_flag();
        s.add("width", width).within(1, program::most_rows).no_flag();
        training::Setting& number = s.add("channels", channels, about_channels).within(1, 3);
        if (about_channels.empty()) number.no_flag();
        s.add("classes", classes).no_flag();
        s.add("mean", mean).no_flag();
        s.add("deviation", deviation).no_flag();
    }
};

}  // namespace heed::models
