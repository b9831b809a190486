#pragma once
// Keeping some of the data back, to measure on.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/real.hpp>

namespace heed::data {

// Takes the last tenth out of the examples of the file `path`, or what is behind the first `cut`. Throws FileError
// where a part is empty.
template <class T>
std::vector<T> hold_out(std::vector<T>& examples, std::optional<Dim> cut, const std::string& path) {
    const Dim all = std::ssize(examples), n = cut ? std::min(*cut, all) : all - all / 10;
    if (n == 0 || n == all) throw FileError(fmt::format("{}: holds too few examples to keep a tenth back", path));
    std::vector<T> last(examples.begin() + n, examples.end());
    examples.resize(static_cast<std::size_t>(n));
    return last;
}

}  // namespace heed::data
