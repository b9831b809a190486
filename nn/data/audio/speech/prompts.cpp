// Parsing transcripts of prompts.
#include <algorithm>
#include <array>
#include <set>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/audio/speech/prompts.hpp>

namespace heed::audio {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 28;

// The word that is spoken for a digit, # or *; empty for another character.
std::string spoken(char c) {
    constexpr std::array digits{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
    if (c >= '0' && c <= '9') return digits[static_cast<std::size_t>(c - '0')];
    return c == '#' ? "pound" : c == '*' ? "star" : "";
}

std::string words_of(std::string_view line) {
    std::string text;
    bool apart = false;  // a word begins
    const auto add = [&](char c) {
        if (apart && !text.empty()) text += ' ';
        apart = false;
        text += c;
    };
    int brackets = 0;
    for (const char c : line) {
        const bool opens = c == '[' || c == '(' || c == '<', closes = c == ']' || c == ')' || c == '>';
        brackets += opens - (closes && brackets > 0);
        if (brackets > 0) continue;
        if ((c >= 'a' && c <= 'z') || c == '\'') add(c);
        else if (c >= 'A' && c <= 'Z') add(static_cast<char>(c - 'A' + 'a'));
        else {
            apart = true;
            for (const char letter : spoken(c)) add(letter);
            apart = true;
        }
    }
    return text;
}

}  // namespace

std::vector<Prompt> parse_prompts(std::string_view transcript, std::string_view file) {
    std::vector<Prompt> prompts;
    std::set<std::string, std::less<>> names;
    for (std::size_t number = 1; !transcript.empty(); ++number) {
        const auto refuse = [&](const std::string& text) {
            throw FileError(fmt::format("{}:{}: {}", file, number, text));
        };
        const std::size_t end = std::min(transcript.find('\n'), transcript.size());
        std::string_view line = transcript.substr(0, end);
        transcript.remove_prefix(std::min(end + 1, transcript.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        for (std::size_t i = 0; i < line.size(); ++i)
            if (static_cast<unsigned char>(line[i]) >= 0x80)
                refuse(fmt::format("byte {} of the line is not ASCII; spell it with letters a to z", i + 1));
        if (line.find_first_not_of(" \t") == line.npos || line.starts_with(';')) continue;
        const std::size_t colon = line.find(':');
        if (colon == line.npos || colon == 0)
            refuse(fmt::format("{} is not of the form 'NAME: WORDS'", utf8::in_quotes(line)));
        Prompt prompt{std::string(line.substr(0, colon)), words_of(line.substr(colon + 1))};
        if (prompt.name.starts_with('/') || prompt.name.find("..") != std::string::npos)
            refuse(fmt::format("the name {} leaves the folder of recordings", utf8::in_quotes(prompt.name)));
        if (!names.insert(prompt.name).second) refuse(fmt::format("{} is there twice", utf8::in_quotes(prompt.name)));
        prompts.push_back(std::move(prompt));
    }
    if (prompts.empty())
        throw FileError(fmt::format("{}: holds no prompts; expected lines of the form 'NAME: WORDS'", file));
    return prompts;
}

std::vector<Prompt> read_prompts(const std::string& path) {
    return parse_prompts(io::read_text(path, most_bytes), path);
}

}  // namespace heed::audio
