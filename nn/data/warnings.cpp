// Warnings about many items.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/warnings.hpp>

namespace heed::data {

void Warnings::add(const std::string& kind, const std::string& text) {
    auto found = std::ranges::find(kinds_, kind, &Kind::name);
    if (found == kinds_.end()) found = kinds_.insert(found, {kind, text});
    ++found->count;
}

std::string Warnings::text() const {
    std::string lines;
    for (const Kind& kind : kinds_)
        lines += fmt::format("warning: {}{}\n", kind.first,
                             kind.count > 1 ? fmt::format(" (and {} more like this)", kind.count - 1) : "");
    return lines;
}

std::string Warnings::take() {
    std::string lines = text();
    kinds_.clear();
    return lines;
}

Warnings::~Warnings() { std::fputs(utf8::escaped(text()).c_str(), stderr); }

}  // namespace heed::data
