#pragma once
// Attention weights as pictures: which letters each phone was read from.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/nn/training/terminal.hpp>

namespace heed::pronounce {

struct Alignment {
    std::string word;                  // for the title
    std::vector<std::string> letters;  // the columns
    std::vector<std::string> phones;   // the rows
    std::vector<double> weights;       // (phones, letters), row-major, each 0 to 1
};

// Rows of cells, the more ink or light the more weight: 256 colours where the terminal has them, else block characters, else
// " .:-=+*#%@"; at the end of each row its strongest letter, where the window is wide enough. Lines end with LF. Throws RangeError for weights that
// do not fit the labels or are outside 0 to 1.
std::string draw_text(const Alignment& alignment, const training::Terminal& terminal);

// A heat map in one SVG file that needs nothing else: title, axes, scale, and a tooltip with the number for each cell.
std::string draw_svg(const Alignment& alignment);

void write_svg(const std::filesystem::path& path, const Alignment& alignment);  // whole or not at all; throws IoError

namespace detail {
void check_alignment(const Alignment& alignment, const char* op);  // throws RangeError
double weight_at(const Alignment& alignment, std::size_t phone, std::size_t letter);  // held to 0 .. 1
}  // namespace detail

}  // namespace heed::pronounce
