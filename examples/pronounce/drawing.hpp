#pragma once
// Attention weights in the terminal: which letters each phone was read from.
#include <string>
#include <vector>
#include <heed/nn/training/run/terminal.hpp>

namespace heed::pronounce {

struct Alignment {
    std::vector<std::string> letters;  // the columns
    std::vector<std::string> phones;   // the rows
    std::vector<double> weights;       // (phones, letters), row-major, each 0 to 1
};

// Rows of cells, the more ink or light the more weight: 256 colours where the terminal has them, else block characters,
// else " .:-=+*#%@"; at the end of each row its strongest letter, where the window is wide enough. Lines end with LF.
// Throws RangeError for weights that do not fit the labels or are outside 0 to 1.
std::string draw_text(const Alignment& alignment, const training::Terminal& terminal);

}  // namespace heed::pronounce
