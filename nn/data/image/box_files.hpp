#pragma once
// Which boxes the images of a folder have, from files: tables of tab-separated columns, COCO's JSON, Pascal VOC's XML;
// and the images.
#include <string>
#include <vector>
#include <heed/nn/data/image/boxes.hpp>
#include <heed/nn/data/image/images.hpp>

namespace heed::image {

struct BoxFile {  // what a file lists
    struct Entry {
        std::string file;              // of an image, as it is named there
        double width = 0, height = 0;  // of the image, in the unit of the boxes; 0 where it is not stated
        std::vector<LabelledBox> boxes = {};
    };
    std::vector<Entry> images;
    std::vector<std::string> classes;
};

// Each line FILE, CLASS, LEFT, TOP, RIGHT, BOTTOM with tabs between them; the lines of an image follow each other.
// Classes that are `known`, such as a model's, are the result's classes; else they are those of the file, in the order
// of their names. Throws FileError, naming file and line, for a line that has other columns, a class that is not known,
// a number that is none, and a box without area or left or above of the image.
BoxFile read_box_table(const std::string& path, const std::vector<std::string>& known = {});

// COCO's format for detection (https://cocodataset.org/#format-data): of the keys "images", "annotations" and
// "categories" what says where boxes are; "iscrowd", too. Classes as above. Throws FileError, naming the file and the
// annotation, for what is no such JSON, an image, a category or an id that there is not or that is there twice, and a
// box without area or not inside its image.
BoxFile read_coco(const std::string& path, const std::vector<std::string>& known = {});

// Pascal VOC's format: a folder with an XML file for each image, in the order of their names, or one such file; of it
// <filename>, <size>, and of each <object> <name> and <bndbox>, whose coordinates are taken as they are. Classes as
// above. Throws FileError, naming file and object, as read_coco() does, and where heed was built without pugixml.
BoxFile read_voc(const std::string& path, const std::vector<std::string>& known = {});

// The one of these formats that the path shows: a folder, a file that ends with .json, or else a table.
BoxFile read_boxes(const std::string& path, const std::vector<std::string>& known = {});

struct BoxedImages {
    LabelledImages images;                        // a label is the number of boxes; the classes are those of the boxes
    std::vector<std::vector<LabelledBox>> boxes;  // of each, in its pixels
    std::vector<std::string> files;
    Dim size() const { return images.size(); }
};

// The listed images from `folder`, PNG files of one size: where another ending is listed, the PNG file beside it.
// Coordinates are divided by `scale`, or scaled from the size that is stated for the image. Throws FileError, naming
// the file, as read_png() does, for images of several sizes, boxes beyond the image, and for no image.
BoxedImages read_boxed_images(const std::string& folder, const BoxFile& listed, Dim channels = 3, double scale = 1);

}  // namespace heed::image
