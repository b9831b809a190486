#pragma once
// The sub-command `attend` of every trainer: where its model looked, as an attention page, and if asked for as SVG and as BertViz's JSON.
#include <filesystem>
#include <string>
#include <heed/nn/inspect/page.hpp>

namespace CLI {
class App;
}

namespace heed::examples {

struct AttendOptions {
    std::filesystem::path folder = {};  // of a trained model
    std::string input = {};
    std::filesystem::path html = "attention.html", svg = {}, bertviz = {};
    std::string layer = {};  // what is seen first, and drawn as SVG; none: what the program thinks best
    Dim head = -1;           // -1: the mean of the heads
};

// `input` names the argument, `text` says what it is.
CLI::App* add_attend(CLI::App& app, const char* input, const char* text, AttendOptions& options);

// Writes the files and says where they are; returns the program's exit code. Throws UsageError for a layer or head that there is none of, IoError.
int write_attention(inspect::Page page, const AttendOptions& options);

}  // namespace heed::examples
