#pragma once
// Which positions the attentions of a model attended to, for one example, as plain data: made by
// <heed/nn/inspect/page_of.hpp>, drawn by <heed/nn/inspect/page/write.hpp>.
#include <optional>
#include <string>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::inspect {

// One attention, its heads over the same queries and keys.
struct Layer {
    std::string name;                                  // its path in the model
    std::vector<std::string> queries = {}, keys = {};  // a label for each position: any bytes, shown as UTF-8
    std::string from = "queries", to = "keys";         // what they are, such as "phones" and "letters"
    std::vector<std::vector<double>> heads = {};       // of each head the weights (queries, keys), row-major, 0 to 1
};

// An image under the weights of every layer that has rows x columns keys, which are its parts, row by row.
struct Image {
    std::string png;  // the bytes of a PNG file
    Dim rows = 0, columns = 0;
};

// A recording under the weights of every layer that has `steps` keys, which are its equal parts, one after the other.
struct Recording {
    std::string wav;          // the bytes of a WAV file
    std::string spectrogram;  // of a PNG file: its width spans the whole recording
    Dim steps = 0;
    double seconds = 0;
};

struct Page {
    std::string title;
    std::vector<Layer> layers = {};
    std::string note = {};  // a line under the title, such as what the model predicted
    std::optional<Image> image = {};
    std::optional<Recording> recording = {};
    Dim layer = 0, head = -1;  // what is shown first; -1: the mean of the heads
};

// How much of each key arrives at each query through all `layers`, by attention and past it: the product over the
// layers of (mean of the heads + identity) / 2, one head of rows that sum to 1 (Abnar and Zuidema, "Quantifying
// Attention Flow in Transformers", 2020). Throws RangeError for no layers, or for one whose queries are not as many as
// the first layer's keys.
Layer roll_out(const std::vector<Layer>& layers);

std::vector<double> mean_of_heads(const Layer& layer);  // (queries, keys)
std::vector<double> received(const std::vector<double>& weights,
                             std::size_t keys);  // of (queries, keys): each key's mean over the queries

// Takes the first query and the first key out, which are no part of an image, as a class token is.
void leave_out_first(Layer& layer);

// Labels for the parts of an image, row by row: "row 1, column 1", ...
std::vector<std::string> places(Dim rows, Dim columns);

// Throws RangeError, naming the layer, for weights that do not fit their labels or are outside 0 to 1 by more than
// rounding, and for a first layer or head that there is none of.
void check(const Page& page);

}  // namespace heed::inspect
