#pragma once
// The sub-command `attend` of every trainer: where its model attended, as an attention page, and on request as SVG and
// as BertViz's JSON.
#include <filesystem>
#include <string>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::program {

inline constexpr const char* about_attend =
    "show where a model attended: a page for the browser, which needs no network";

// A program names what it takes, as in .attend = {attend, "text", "a text of one window"}. One with more options
// derives its own, whose declare() calls this one.
struct AttendOptions {
    static constexpr const char* about = about_attend;
    std::filesystem::path folder = {};  // of a trained model
    std::string input = {};
    std::filesystem::path html = "attention.html", svg = {}, bertviz = {};
    std::string layer = {};  // what is shown first, and drawn as SVG; none: what the program thinks best
    Dim head = -1;           // -1: the mean of the heads
    void declare(training::Settings& s, std::string name, std::string help);  // of the input
};

// Writes the files and prints their paths; returns the program's exit code. Throws UsageError for a layer or head that
// does not exist, IoError.
int write_attention(inspect::Page page, const AttendOptions& options);

}  // namespace heed::program
