#pragma once
// Lines of input for a model that takes several at once.
#include <cstdio>
#include <functional>
#include <istream>
#include <string>
#include <utility>
#include <vector>
#include <heed/nn/data/text/lines.hpp>

namespace heed::models {

// Collects `at_once` lines, cleaned by text::clean_line(), for each call of `act`.
class LineBatches {
public:
    using Act = std::function<void(const std::vector<std::string>& lines)>;
    LineBatches(std::size_t at_once, Act act) : at_once_(at_once), act_(std::move(act)) {}

    // Throws FileError ("NAME:LINE: ...") for a line that is not UTF-8, once those before it are done.
    void take(std::string_view line, std::string_view name) {
        try {
            waiting_.push_back(text::clean_line(line, name, ++number_));
        } catch (...) {
            finish();
            throw;
        }
        if (waiting_.size() >= at_once_) finish();
    }
    void take_all(std::istream& in, std::string_view name) {
        for (std::string line; std::getline(in, line);) take(line, name);
    }
    void finish() {
        if (!waiting_.empty()) act_(std::exchange(waiting_, {}));
        std::fflush(stdout);
    }
    Dim lines() const { return number_; }  // so far

private:
    std::size_t at_once_;
    Act act_;
    std::vector<std::string> waiting_;
    Dim number_ = 0;
};

}  // namespace heed::models
