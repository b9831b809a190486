// Files and texts that a command is given to work on.
#include <cstdio>
#include <iostream>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/input.hpp>

namespace heed::program {

void TextOptions::declare(training::Settings& s, std::string name, const std::string& help) {
    CommandOptions::declare(s);
    s.add(std::move(name), texts, help + "; without any, the lines of standard input").positional();
}

void FileOptions::declare(training::Settings& s, const std::string& help) {
    CommandOptions::declare(s);
    s.add("files", files, help).positional().required();
}

int for_each_text(const std::vector<std::string>& texts, const std::function<void(const std::string&)>& act) {
    int code = exit_ok;
    const auto attempt = [&](const std::string& text) {
        try {
            act(text);
        } catch (const InputError& e) {
            fmt::print(stderr, "{}\n", utf8::escaped(e.what()));
            code = exit_bad_input;
        }
    };
    for (const std::string& text : texts) attempt(text);
    if (texts.empty())
        for (std::string line; std::getline(std::cin, line);) attempt(line);
    return code;
}

void check_length(std::size_t words, std::size_t most) {
    if (words == 0) throw InputError("a text without a word asks nothing; give a question");
    if (words > most) throw InputError(fmt::format("a text of {} words is too long; give at most {}", words, most));
}

void refuse_unknown(const std::vector<std::string>& words) {
    std::vector<std::string> shown;
    for (const std::string& word : words) shown.push_back(utf8::in_quotes(word));
    if (!shown.empty()) throw InputError(fmt::format("not understood: {}", fmt::join(shown, ", ")));
}

}  // namespace heed::program
