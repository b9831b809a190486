// The sub-command `attend`.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/inspect/page/write.hpp>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::program {

void AttendOptions::declare(training::Settings& s, std::string name, std::string help) {
    s.add("model", folder, "folder of a trained model").required();
    s.add(std::move(name), input, std::move(help)).positional().required();
    s.add("out", html, "the page, one HTML file");
    s.add("svg", svg, "draw one layer and head into this file");
    s.add("bertviz", bertviz, "all weights as the JSON that BertViz reads");
    s.add("layer", layer, "shown first, and drawn as SVG: its path in the model");
    s.add("head", head, "shown first, and drawn as SVG, counted from 0; their mean unless given")
        .within(0)
        .zero_unless_given();
}

int write_attention(inspect::Page page, const AttendOptions& o) {
    if (!o.layer.empty()) {
        const auto found = std::ranges::find(page.layers, o.layer, &inspect::Layer::name);
        if (found == page.layers.end()) {
            std::vector<std::string> names;
            for (const inspect::Layer& layer : page.layers) names.push_back(layer.name);
            throw UsageError(fmt::format("--layer {}: there are {}", utf8::in_quotes(o.layer), fmt::join(names, ", ")));
        }
        page.layer = found - page.layers.begin();
    }
    const inspect::Layer& layer = page.layers[static_cast<std::size_t>(page.layer)];
    if (o.head >= static_cast<Dim>(layer.heads.size()))
        throw UsageError(
            fmt::format("--head {}: layer {} has {}, counted from 0", o.head, layer.name, layer.heads.size()));
    page.head = o.head;
    inspect::write_html(o.html, page);
    if (!o.svg.empty()) inspect::write_svg(o.svg, page);
    if (!o.bertviz.empty()) inspect::write_bertviz_json(o.bertviz, page);
    for (const auto& path : {o.html, o.svg, o.bertviz})
        if (!path.empty()) fmt::print("{}\n", path.string());
    return exit_ok;
}

}  // namespace heed::program
