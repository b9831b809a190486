#pragma once
// What a command is given to work on: files, or texts as arguments or as lines of standard input.
#include <functional>
#include <string>
#include <vector>
#include <heed/nn/program/options.hpp>

namespace heed::program {

// What a command derives its options from that works on texts with a trained model: declare() names them, as in
//     void declare(training::Settings& s) { program::TextOptions::declare(s, "questions", "each in quotes"); }
struct TextOptions : CommandOptions {
    std::vector<std::string> texts = {};
    void declare(training::Settings& s, std::string name, const std::string& help);
};

// The same of files, of which it takes at least one; for_each_file() goes through them.
struct FileOptions : CommandOptions {
    std::vector<std::string> files = {};
    void declare(training::Settings& s, const std::string& help);
};

// Calls act(text) for each text, or without any for each line of standard input. One that is refused with an InputError
// is named, and the others are still done; then the exit code is exit_bad_input.
int for_each_text(const std::vector<std::string>& texts, const std::function<void(const std::string&)>& act);

// Throws InputError for a text of no words, and for one of more than anybody asks with.
void check_length(std::size_t words, std::size_t most = 1000);
// Throws InputError that lists the words that a model does not know, if there are any.
void refuse_unknown(const std::vector<std::string>& words);

}  // namespace heed::program
