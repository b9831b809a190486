#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/utf8.hpp>
#include <heed/examples/common/attend.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/common/run.hpp>
#include <heed/nn/inspect/write.hpp>

namespace heed::examples {

CLI::App* add_attend(CLI::App& app, const char* input, const char* text, AttendOptions& o) {
    CLI::App* c = app.add_subcommand("attend", "show where a model looked: a page for the browser, which needs no network");
    add_model(*c, o.folder);
    c->add_option(input, o.input, text)->required();
    c->add_option("--out", o.html, "the page, one HTML file")->capture_default_str();
    c->add_option("--svg", o.svg, "draw one layer and head into this file");
    c->add_option("--bertviz", o.bertviz, "all weights as the JSON that BertViz reads");
    c->add_option("--layer", o.layer, "seen first, and drawn as SVG: its path in the model");
    c->add_option("--head", o.head, "seen first, and drawn as SVG, counted from 0; their mean unless given")->check(non_negative_integer());
    return c;
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
        throw UsageError(fmt::format("--head {}: layer {} has {}, counted from 0", o.head, layer.name, layer.heads.size()));
    page.head = o.head;
    inspect::write_html(o.html, page);
    if (!o.svg.empty()) inspect::write_svg(o.svg, page);
    if (!o.bertviz.empty()) inspect::write_bertviz_json(o.bertviz, page);
    for (const auto& path : {o.html, o.svg, o.bertviz})
        if (!path.empty()) fmt::print("{}\n", path.string());
    return exit_ok;
}

}  // namespace heed::examples
