// An attention page as one HTML file.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/inspect/page/parts.hpp>
#include <heed/nn/inspect/page/write.hpp>

namespace heed::inspect {
namespace {

using Json = nlohmann::ordered_json;

// In ten-thousandths: finer than anyone sees, and short.
std::vector<int> rounded(const std::vector<double>& weights) {
    std::vector<int> out;
    out.reserve(weights.size());
    for (const double w : weights) out.push_back(static_cast<int>(std::lround(std::clamp(w, 0.0, 1.0) * 10000)));
    return out;
}

Json json_of(const Layer& layer) {
    Json heads = Json::array();
    for (const std::vector<double>& head : layer.heads) heads.push_back(rounded(head));
    return {{"name", layer.name},       {"from", layer.from}, {"to", layer.to},
            {"queries", layer.queries}, {"keys", layer.keys}, {"heads", std::move(heads)}};
}

// JSON that may stand inside <script>: of ASCII alone, and without the characters by which HTML could end it. They
// occur only inside strings.
std::string data_of(const Page& page) {
    Json json{{"title", page.title},
              {"note", page.note},
              {"layer", page.layer},
              {"head", page.head},
              {"layers", Json::array()}};
    for (const Layer& layer : page.layers) json["layers"].push_back(json_of(layer));
    if (page.image)
        json["picture"] = {{"png", base64(page.image->png)},
                           {"rows", page.image->rows},
                           {"columns", page.image->columns}};
    if (page.recording)
        json["sound"] = {{"wav", base64(page.recording->wav)},
                         {"spectrogram", base64(page.recording->spectrogram)},
                         {"steps", page.recording->steps},
                         {"seconds", page.recording->seconds}};
    std::string out;
    for (const char c : json.dump(-1, ' ', true, Json::error_handler_t::replace)) {
        if (c == '<') out += "\\u003c";
        else if (c == '>') out += "\\u003e";
        else if (c == '&') out += "\\u0026";
        else out += c;
    }
    return out;
}

}  // namespace

std::string html_of(const Page& page) {
    check(page);
    std::string out;
    std::string_view rest = page_html;  // inserted text is not searched for further marks
    const auto put = [&](std::string_view mark, std::string_view text) {
        const std::size_t at = rest.find(mark);
        out.append(rest.substr(0, at)).append(text);
        rest.remove_prefix(at + mark.size());
    };
    put("{{title}}", escaped(page.title));
    put("{{style}}", page_css);
    put("{{data}}", data_of(page));
    put("{{script}}", page_js);
    return out.append(rest);
}

void write_html(const std::filesystem::path& path, const Page& page) {
    io::write_atomically(path.string(), io::bytes_of(html_of(page)));
}

}  // namespace heed::inspect
