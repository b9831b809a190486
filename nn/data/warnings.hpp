#pragma once
// Warnings about many items, such as the files of a data set, printed once for each kind.
#include <cstddef>
#include <string>
#include <vector>

namespace heed::data {

// Prints at its end, on standard error, the first warning of each kind and how many more there were.
class Warnings {
public:
    Warnings() = default;
    ~Warnings();
    Warnings(const Warnings&) = delete;
    Warnings& operator=(const Warnings&) = delete;

    void add(const std::string& kind, const std::string& text);
    std::string text() const;  // what will be printed, a line for each kind
    std::string take();        // the same, which is then not printed

private:
    struct Kind {
        std::string name, first;
        std::size_t count = 0;
    };
    std::vector<Kind> kinds_;
};

}  // namespace heed::data
