#pragma once
// Writing a page to files: HTML to view in a browser, SVG to print, JSON to take to BertViz. Each is written whole or
// not at all (IoError), each first checks the page (RangeError). Texts may hold any bytes: what is not UTF-8 is shown
// as U+FFFD or ?, and nothing in them is taken for markup.
#include <filesystem>
#include <string>
#include <heed/nn/inspect/page/page.hpp>

namespace heed::inspect {

// One file that needs no other and no network: layers, heads, lines between the positions, a heat map, and the image or
// the recording under the weights.
std::string html_of(const Page& page);
void write_html(const std::filesystem::path& path, const Page& page);

// The page's first layer and head: over the image or the spectrogram the weights that each part received, as a mean
// over the queries; without either, a heat map with a tooltip for each cell.
std::string svg_of(const Page& page);
void write_svg(const std::filesystem::path& path, const Page& page);

// BertViz's data (https://github.com/jessevig/bertviz, head_view and model_view): {"attention": [{"name", "attn":
// [layer][head][from][to], "left_text", "right_text"}]}, one entry for all layers whose names differ in numbers alone,
// over the same queries and keys and with as many heads.
std::string bertviz_json_of(const Page& page);
void write_bertviz_json(const std::filesystem::path& path, const Page& page);

}  // namespace heed::inspect
