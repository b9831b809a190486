#pragma once
// What readers of files with boxes share.
// Private to heed; not installed.
#include <set>
#include <heed/nn/data/image/box_files.hpp>

namespace heed::image {

// The file's content; throws FileError for what is not UTF-8.
std::string checked_text(const std::string& path);

// Throws FileError unless the box has an area and lies inside an image of this size, if it is known (not 0).
void check_box(const std::string& where, const Box& b, double width, double height);

// The known classes, or else those that are named.
std::vector<std::string> classes_of(const std::vector<std::string>& known, std::set<std::string> named);

// A class's index; throws FileError for one that is not there.
Dim label_in(const std::vector<std::string>& classes, const std::string& name, const std::string& where);

// The number that the text is; throws FileError for another text.
double number_in(const std::string& text, const std::string& where);

}  // namespace heed::image
