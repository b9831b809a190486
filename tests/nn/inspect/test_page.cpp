// The files of a page of attention: what is refused, and what they contain, whatever the texts hold.
#include <cmath>
#include <nlohmann/json.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/inspect/page/write.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::inspect;
using nlohmann::json;

namespace {

const Page cat{.title = "cat",
               .layers = {{.name = "attend",
                           .queries = {"K", "AE", "T"},
                           .keys = {"c", "a", "t"},
                           .from = "phones",
                           .to = "letters",
                           .heads = {{0.9, 0.1, 0, 0.25, 0.75, 0, 0, 0.5, 0.5}}}}};

int count_of(const std::string& text, const std::string& part) {
    int n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
    return n;
}

std::string data_in(const std::string& html) {
    const std::string begin = "<script type=\"application/json\" id=\"data\">";
    const std::size_t from = html.find(begin) + begin.size();
    return html.substr(from, html.find("</script>", from) - from);
}

// Of every kind that has broken a page somewhere; the last one is no UTF-8.
const Texts hostile{"</script><script>alert(1)</script>",
                    "<!--",
                    "\"'&\\",
                    std::string("\0\x01\n\x1b", 4),
                    "\xe2\x80\xa8",
                    "\xe2\x80\xae",
                    "{{script}}",
                    "\xff\xed\xa0\x80"};

Page hostile_page() {
    Page page{.title = "</title><b>&\"'\x01",
              .layers = {{.name = "<i>", .queries = hostile, .keys = hostile, .from = "</td>", .to = "<"}},
              .note = "<script>"};
    page.layers[0].heads.assign(2, std::vector<double>(64, 0.125));
    return page;
}

}  // namespace

TEST_CASE("inspect: what is no page is refused", "[inspect]") {
    for (const auto write : {html_of, svg_of, bertviz_json_of}) {
        const auto refusal = [&](const auto& change) {
            Page page = cat;
            change(page);
            return error_of<RangeError>([&] { write(page); });
        };
        CHECK_THAT(refusal([](Page& p) { p.layers[0].heads[0].pop_back(); }),
                   StartsWith("page: layer 'attend', head 0: 8 weights for 3 queries and 3 keys; expected 9"));
        for (const double bad : {-0.1, 1.1, std::nan(""), HUGE_VAL})
            CHECK_THAT(refusal([&](Page& p) { p.layers[0].heads[0][5] = bad; }),
                       Containing("of query 1 and key 2; expected 0 to 1"));
        CHECK(refusal([](Page& p) { p.layers[0].heads[0][0] = 1.0000002, p.layers[0].heads[0][2] = -1e-9; }) ==
              "no error");
        CHECK_THAT(refusal([](Page& p) { p.layers[0].heads.clear(); }),
                   Containing("has 0 heads, 3 queries and 3 keys; expected at least one of each"));
        CHECK_THAT(refusal([](Page& p) { p.layer = 1; }),
                   StartsWith("page: layer 1 is to be seen first; there are 1, counted from 0"));
        CHECK_THAT(refusal([](Page& p) { p.layers.clear(); }),
                   StartsWith("page: layer 0 is to be seen first; there are 0"));
        CHECK_THAT(refusal([](Page& p) { p.head = 1; }),
                   StartsWith("page: head 1 of layer 'attend' is to be seen first; it has 1"));
    }
}

TEST_CASE("inspect: the HTML file needs nothing else and takes no text for markup", "[inspect]") {
    const std::string html = html_of(hostile_page());
    CHECK(count_of(html, "<script") == 2);  // the data and the page's own
    CHECK(count_of(html, "</script") == 2);
    CHECK(count_of(html, "</title") == 1);
    CHECK_THAT(html, Containing("<title>&lt;/title&gt;&lt;b&gt;&amp;&quot;&#39;?</title>"));
    CHECK(count_of(html, "'use strict';") == 1);  // "{{script}}" in a text stays one
    CHECK(utf8::is_utf8(html));
    for (const char* outside : {"https://", "src=\"", "@import", "url("})
        CHECK(html.find(outside) == std::string::npos);
    CHECK(count_of(html, "http://") == count_of(html, "http://www.w3.org/2000/svg"));
    const std::string data = data_in(html);
    for (const char c : data) CHECK((0x20 <= c && c < 0x7f && c != '<' && c != '>' && c != '&'));
    const json page = json::parse(data);
    for (std::size_t i = 0; i + 1 < hostile.size(); ++i) CHECK(page["layers"][0]["queries"][i] == hostile[i]);
    const std::string broken = page["layers"][0]["keys"][7];
    CHECK_THAT(broken, StartsWith("\xef\xbf\xbd"));
    CHECK(page["layers"][0]["heads"][1] == std::vector<int>(64, 1250));
    CHECK(page["note"] == "<script>");
}

TEST_CASE("inspect: images and audio are inside the page as they were given", "[inspect]") {
    Page page = cat;
    page.image = {training::png_of(1, 3, 1, std::vector<std::uint8_t>{0, 128, 255}), 1, 3};
    page.recording = {.wav = "RIFF", .spectrogram = "", .steps = 3, .seconds = 0.5};
    const json data = json::parse(data_in(html_of(page)));
    CHECK(data["sound"]["wav"] == "UklGRg==");
    CHECK(data["sound"]["seconds"] == 0.5);
    CHECK_THAT(data["picture"]["png"].get<std::string>(), StartsWith("iVBORw0KGgoAAAANSUhEUg"));
    CHECK(data["picture"]["columns"] == 3);
    page.recording->wav = "any carnal pleas";  // its length is no multiple of 3, as in RFC 4648's examples
    CHECK(json::parse(data_in(html_of(page)))["sound"]["wav"] == "YW55IGNhcm5hbCBwbGVhcw==");
    page.recording->wav = "any carnal pleasu";
    CHECK(json::parse(data_in(html_of(page)))["sound"]["wav"] == "YW55IGNhcm5hbCBwbGVhc3U=");

    const std::string svg = svg_of(page);  // over the image: each patch's share of all attention
    CHECK_THAT(svg, Containing("href=\"data:image/png;base64,iVBORw0KGgo"));
    CHECK_THAT(svg, Containing("<title>a: 0.4500</title>"));
    page.image.reset();
    CHECK_THAT(svg_of(page),
               Containing("fill-opacity=\"0.504\"><title>a: 0.4500</title>"));  // 0.8 (0.45 - 0.1667) / 0.45
}

TEST_CASE("inspect: BertViz gets a stack's layers together", "[inspect]") {
    Page page = cat;
    page.layers[0].name = "decoder.layers.0.cross";
    page.layers.push_back({.name = "encoder.attend", .queries = {"c"}, .keys = {"c"}, .heads = {{1}}});
    page.layers.push_back(cat.layers[0]);
    page.layers[2].name = "decoder.layers.11.cross";
    page.layers[2].heads[0][0] = 1.0 / 3;
    const json all = json::parse(bertviz_json_of(page))["attention"];
    REQUIRE(all.size() == 2);
    CHECK(all[0]["name"] == "decoder.layers.*.cross");
    CHECK(all[0]["left_text"] == cat.layers[0].queries);
    CHECK(all[0]["right_text"] == cat.layers[0].keys);
    CHECK(all[0]["attn"] == json::parse("[[[[0.9, 0.1, 0.0], [0.25, 0.75, 0.0], [0.0, 0.5, 0.5]]],"
                                        " [[[0.333333, 0.1, 0.0], [0.25, 0.75, 0.0], [0.0, 0.5, 0.5]]]]"));
    CHECK(all[1]["attn"] == json::parse("[[[[1.0]]]]"));
    CHECK(utf8::is_utf8(bertviz_json_of(hostile_page())));
    CHECK(json::parse(bertviz_json_of(hostile_page()))["attention"][0]["left_text"][0] == hostile[0]);
}

TEST_CASE("inspect: the SVG escapes its text and names every cell", "[inspect]") {
    Page page = cat;
    page.title = "<c&\"a'\x01\xff>";
    page.layers[0].keys[0] = "<";
    page.layers[0].queries[2] = "&";
    const std::string svg = svg_of(page);
    CHECK_THAT(svg, Containing("&lt;c&amp;&quot;a&#39;??&gt;"));
    CHECK_THAT(svg, Containing("attention of the phones over the letters, in percent: attend"));
    CHECK_THAT(svg, Containing("<title>K, &lt;: 0.900</title>"));
    CHECK_THAT(svg, Containing("<title>&amp;, a: 0.500</title>"));
    CHECK(utf8::is_utf8(svg));
    CHECK(count_of(svg, "<") == count_of(svg, ">"));
    CHECK(count_of(svg, "<text ") == count_of(svg, "</text>"));
    CHECK(count_of(svg, "<g>") == 9);
    CHECK(count_of(svg, "</g>") == 9);
    for (const char* outside : {"href", "script", "@import", "<image"}) CHECK(svg.find(outside) == std::string::npos);
    for (std::size_t at = 0; (at = svg.find('&', at)) != std::string::npos; ++at) CHECK(svg.find(';', at) - at <= 5);

    page.layers[0].heads.push_back(std::vector<double>(9, 0));
    CHECK_THAT(svg_of(page), Containing("attend, mean of the heads"));
    CHECK_THAT(svg_of(page), Containing("<title>K, &lt;: 0.450</title>"));
    page.head = 0;
    CHECK_THAT(svg_of(page), Containing("attend, head 0"));
    CHECK_THAT(svg_of(page), Containing("<title>K, &lt;: 0.900</title>"));
}

TEST_CASE("inspect: files appear whole or not at all", "[inspect]") {
    const TemporaryFolder folder;
    write_html(folder / "cat.html", cat);
    write_svg(folder / "cat.svg", cat);
    write_bertviz_json(folder / "cat.json", cat);
    CHECK(content_of(folder / "cat.html") == html_of(cat));
    CHECK(content_of(folder / "cat.svg") == svg_of(cat));
    CHECK(content_of(folder / "cat.json") == bertviz_json_of(cat));
    CHECK(folder.files() == 3);
    for (const auto write : {write_html, write_svg, write_bertviz_json})
        CHECK_THAT(error_of<IoError>([&] { write(folder / "missing/cat", cat); }),
                   StartsWith(folder / "missing/cat: cannot be written"));
}
