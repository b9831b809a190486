// An attention page as an SVG drawing.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/inspect/page/parts.hpp>
#include <heed/nn/inspect/page/write.hpp>

namespace heed::inspect {
namespace {
constexpr int head = 112, left = 92, foot = 30, scale_room = 116;  // pixels
constexpr int letter_width = 9;                                    // of the widest labels, on average
constexpr int image_width = 440, spectrogram_height = 220;

struct Colour {
    double red, green, blue;
};
// From paper to ink, ever darker, so that it survives a black and white print.
constexpr Colour ramp[] = {{244, 246, 250}, {190, 214, 236}, {104, 165, 211}, {33, 102, 172}, {8, 38, 92}};

std::string colour(double weight) {
    constexpr int last = static_cast<int>(std::size(ramp)) - 1;
    const double position = weight * last;
    const int i = std::min(static_cast<int>(position), last - 1);
    const Colour &a = ramp[i], &b = ramp[i + 1];
    const auto mix = [part = position - i](double from, double to) {
        return static_cast<int>(std::lround(from + part * (to - from)));
    };
    return fmt::format("#{:02x}{:02x}{:02x}", mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue));
}

std::string text(int x, int y, std::string_view attributes, std::string_view words) {
    return fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", x, y, attributes, escaped(words));
}

// What is drawn: one head of one layer.
struct View {
    const Page& page;
    const Layer& layer;
    std::vector<double> weights;
    std::string subtitle;

    explicit View(const Page& p)
        : page(p), layer(p.layers[static_cast<std::size_t>(p.layer)]),
          weights(p.head < 0 ? mean_of_heads(layer) : layer.heads[static_cast<std::size_t>(p.head)]) {
        for (double& w : weights) w = std::clamp(w, 0.0, 1.0);
        subtitle = fmt::format("attention of the {} over the {}, in percent: {}", layer.from, layer.to, layer.name);
        if (layer.heads.size() > 1) subtitle += p.head < 0 ? ", mean of the heads" : fmt::format(", head {}", p.head);
    }
    int columns() const { return static_cast<int>(layer.keys.size()); }
    int rows() const { return static_cast<int>(layer.queries.size()); }
    int width_of_words() const {
        return 24 + 10 * static_cast<int>(std::max(utf8::columns(page.title) + 2, utf8::columns(subtitle) * 3 / 4));
    }
};

std::string beginning(const View& v, int width, int height) {
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
        "font-family=\"'DejaVu Sans', Verdana, Arial, sans-serif\">\n<title>{2}</title>\n<desc>{3}</desc>\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
        width, height, escaped(v.page.title), escaped(v.subtitle));
    out += text(24, 34, "font-size=\"18\" font-weight=\"bold\" fill=\"#1a2433\"", v.page.title);
    return out + text(24, 54, "font-size=\"12\" fill=\"#52606d\"", v.subtitle);
}

std::string cells(const View& v, int from, int cell) {
    std::string out;
    const int side = cell - (cell > 12 ? 2 : 0), round = cell > 12 ? 3 : 0;
    std::vector<std::string> queries = v.layer.queries, keys = v.layer.keys;
    for (auto* labels : {&queries, &keys})
        for (std::string& label : *labels) label = escaped(label);
    std::size_t i = 0;
    for (int row = 0; row < v.rows(); ++row) {
        for (int column = 0; column < v.columns(); ++column) {
            const double weight = v.weights[i++];
            const int x = from + cell * column, y = head + cell * row;
            out += fmt::format(
                "<g><title>{}, {}: {:.3f}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" "
                "fill=\"{}\"/>",
                queries[static_cast<std::size_t>(row)], keys[static_cast<std::size_t>(column)], weight, x, y, side,
                side, round, colour(weight));
            if (weight >= 0.095 && cell >= 24) {
                out += fmt::format(
                    "<text x=\"{}\" y=\"{}\" font-size=\"12\" text-anchor=\"middle\" fill=\"{}\">{:.0f}</text>",
                    x + side / 2, y + side / 2 + 4, weight > 0.5 ? "#ffffff" : "#1a2433", 100 * weight);
            }
            out += "</g>\n";
        }
    }
    return out;
}

std::string scale(int x, int height) {
    std::string out = "<defs><linearGradient id=\"scale\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">";
    for (int i = 0; i <= 8; ++i)
        out += fmt::format("<stop offset=\"{}\" stop-color=\"{}\"/>", i / 8.0, colour(i / 8.0));
    out += "</linearGradient></defs>\n";
    out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"{}\" rx=\"3\" fill=\"url(#scale)\"/>\n", x, head,
                       height);
    for (const auto& [label, share] : {std::pair("100 %", 0.0), {"50 %", 0.5}, {"0 %", 1.0}}) {
        out += text(x + 22, head + static_cast<int>(std::lround(share * (height - 10))) + 10,
                    "font-size=\"12\" fill=\"#52606d\"", label);
    }
    return out;
}

std::string heat_map(const View& v) {
    const int columns = v.columns(), rows = v.rows();
    const int cell = std::clamp(1200 / std::max(columns, rows), 6, 34), gap = cell > 12 ? 2 : 0;
    std::size_t longest = 0, widest_key = 0;
    for (const std::string& query : v.layer.queries) longest = std::max(longest, utf8::columns(query));
    for (const std::string& key : v.layer.keys) widest_key = std::max(widest_key, utf8::columns(key));
    const int from = std::max(left, 60 + letter_width * static_cast<int>(longest));
    const int across = cell * columns - gap, down = cell * rows - gap;
    const int width = std::max(from + across + scale_room, v.width_of_words()),
              height = head + std::max(down, 60) + foot;

    std::string out = beginning(v, width, height);
    out += text(from + across / 2, head - 32, "font-size=\"12\" text-anchor=\"middle\" fill=\"#52606d\"", v.layer.to);
    const int middle = head + down / 2, size = std::min(14, cell);
    out += text(
        30, middle,
        fmt::format("font-size=\"12\" text-anchor=\"middle\" fill=\"#52606d\" transform=\"rotate(-90 30 {})\"", middle),
        v.layer.from);
    const auto style_of = [&](const char* anchor) {
        return fmt::format("font-size=\"{}\" text-anchor=\"{}\" fill=\"#1a2433\"", size, anchor);
    };
    const bool fit = static_cast<int>(widest_key) * letter_width <= cell;  // else labels overlap; tooltips have them
    for (int i = 0; fit && i < columns; ++i) {
        const std::string& key = v.layer.keys[static_cast<std::size_t>(i)];
        out += text(from + cell * i + (cell - gap) / 2, head - 10, style_of("middle"), key);
    }
    for (int i = 0; i < rows; ++i) {
        const std::string& query = v.layer.queries[static_cast<std::size_t>(i)];
        out += text(from - 10, head + cell * i + (cell - gap) / 2 + size / 3, style_of("end"), query);
    }
    return out + cells(v, from, cell) + scale(from + across + 26, std::max(down, 60)) + "</svg>\n";
}

// What each part of an image received, tinted red over it; equal weights tint nothing.
std::string over(const View& v, std::string_view png, Dim rows, Dim columns, int across, int down) {
    const int top = 76;
    std::string out = beginning(v, std::max(across + 48, v.width_of_words()), top + down + foot);
    out += fmt::format(
        "<image x=\"24\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" style=\"image-rendering: "
        "pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        top, across, down, base64(png));
    const std::vector<double> got = received(v.weights, v.layer.keys.size());
    const double least = *std::ranges::min_element(got), most = std::max(1e-12, *std::ranges::max_element(got));
    const double width = across / static_cast<double>(columns), height = down / static_cast<double>(rows);
    for (std::size_t i = 0; i < got.size(); ++i) {
        const auto position = static_cast<Dim>(i);
        out += fmt::format(
            "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"#ff5e14\" "
            "fill-opacity=\"{:.3f}\"><title>{}: {:.4f}</title></rect>\n",
            24 + width * static_cast<double>(position % columns),
            top + height * static_cast<double>(position / columns), width, height, 0.8 * (got[i] - least) / most,
            escaped(v.layer.keys[i]), got[i]);
    }
    return out + "</svg>\n";
}

}  // namespace

std::string svg_of(const Page& page) {
    check(page);
    const View view(page);
    const auto keys = static_cast<Dim>(view.layer.keys.size());
    if (page.image && keys == page.image->rows * page.image->columns) {
        const Image& p = *page.image;
        return over(view, p.png, p.rows, p.columns, image_width, static_cast<int>(image_width * p.rows / p.columns));
    }
    if (page.recording && keys == page.recording->steps)
        return over(view, page.recording->spectrogram, 1, keys, 2 * image_width, spectrogram_height);
    return heat_map(view);
}

void write_svg(const std::filesystem::path& path, const Page& page) {
    io::write_atomically(path.string(), io::bytes_of(svg_of(page)));
}

}  // namespace heed::inspect
