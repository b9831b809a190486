#pragma once
// What the writers of pages share, and the page's own files as CMake put them into the library.
// Private to heed; not installed.
#include <string>
#include <string_view>

namespace heed::inspect {

extern const std::string_view page_html, page_css, page_js;  // of nn/inspect/page.*

std::string base64(std::string_view bytes);  // RFC 4648, on one line
std::string escaped(
    std::string_view text);  // for HTML and XML: markup as entities, control characters and broken bytes as '?'

}  // namespace heed::inspect
