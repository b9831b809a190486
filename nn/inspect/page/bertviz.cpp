// Attention weights as BertViz's JSON.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/inspect/page/write.hpp>

namespace heed::inspect {
namespace {

using Json = nlohmann::ordered_json;

// "encoder.layers.*.attend": the same for the layers of a stack.
std::string stack_of(const std::string& name) {
    std::string out;
    for (const char c : name) {
        if ('0' <= c && c <= '9') {
            if (!out.ends_with('*')) out += '*';
        } else {
            out += c;
        }
    }
    return out;
}

bool belong_together(const Layer& a, const Layer& b) {
    return stack_of(a.name) == stack_of(b.name) && a.queries == b.queries && a.keys == b.keys &&
           a.heads.size() == b.heads.size();
}

Json matrix(const std::vector<double>& weights, std::size_t columns) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (i % columns == 0) rows.push_back(Json::array());
        rows.back().push_back(std::round(weights[i] * 1e6) / 1e6);  // more digits carry no information
    }
    return rows;
}

}  // namespace

std::string bertviz_json_of(const Page& page) {
    check(page);
    std::vector<const Layer*> kinds;  // the first layer of each entry
    Json entries = Json::array();
    for (const Layer& layer : page.layers) {
        auto known = std::ranges::find_if(kinds, [&](const Layer* first) { return belong_together(*first, layer); });
        if (known == kinds.end()) {
            kinds.push_back(&layer);
            known = kinds.end() - 1;
            entries.push_back({{"name", stack_of(layer.name)},
                               {"attn", Json::array()},
                               {"left_text", layer.queries},
                               {"right_text", layer.keys}});
        }
        Json heads = Json::array();
        for (const std::vector<double>& head : layer.heads) heads.push_back(matrix(head, layer.keys.size()));
        entries[static_cast<std::size_t>(known - kinds.begin())]["attn"].push_back(std::move(heads));
    }
    return Json{{"attention", std::move(entries)}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_bertviz_json(const std::filesystem::path& path, const Page& page) {
    io::write_atomically(path.string(), io::bytes_of(bertviz_json_of(page)));
}

}  // namespace heed::inspect
