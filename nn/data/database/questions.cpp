// Reading questions with their SQL.
#include <algorithm>
#include <map>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/database/questions.hpp>
#include <heed/nn/data/text/lines.hpp>

namespace heed::database {
namespace {

using Values = std::map<std::string, std::string>;

Values values_of(std::string_view json) {
    const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, false);
    if (!parsed.is_object() || !std::ranges::all_of(parsed, [](const auto& v) { return v.is_string(); }))
        throw FileError("what the placeholders stand for is no JSON object of texts");
    return parsed.get<Values>();
}

// Each placeholder that stands alone between spaces or quotes becomes its value.
std::string filled(std::string_view text, const Values& values) {
    std::string out, word;
    const auto finish = [&] {
        const auto found = values.find(word);
        out += found == values.end() ? word : found->second;
        word.clear();
    };
    for (const char c : text) {
        if (c == ' ' || c == '"') finish(), out += c;
        else word += c;
    }
    finish();
    return out;
}

Question question_of(std::string_view line) {
    const std::size_t first = line.find('\t'), second = first == line.npos ? line.npos : line.find('\t', first + 1);
    if (second == line.npos) throw FileError("expected a question, its SQL and its values, with tabs between them");
    const Values values = values_of(line.substr(second + 1));
    Question question{filled(line.substr(0, first), values),
                      pieces_of(filled(line.substr(first + 1, second - first - 1), values))};
    if (question.text.find_first_not_of(' ') == std::string::npos) throw FileError("the question is empty");
    if (question.sql.empty()) throw FileError("the SQL is empty");
    for (const auto& [placeholder, value] : values)
        question.names.push_back(placeholder.substr(0, placeholder.find_last_not_of("0123456789") + 1) + "\t" + value);
    return question;
}

}  // namespace

std::vector<std::string> pieces_of(std::string_view sql) {
    std::vector<std::string> pieces;
    std::string piece;
    bool quoted = false;
    for (const char c : sql) {
        if (c == '"') quoted = !quoted;
        if (c != ' ' || quoted) piece += c;
        else if (!piece.empty()) pieces.push_back(std::move(piece)), piece.clear();
    }
    if (!piece.empty()) pieces.push_back(std::move(piece));
    return pieces;
}

std::vector<Question> parse_questions(std::string_view text, std::string_view name) {
    std::vector<Question> all;
    text::for_each_line(text, name, [&](std::string_view line) { all.push_back(question_of(line)); });
    if (all.empty()) throw FileError(fmt::format("{}: holds no question", name));
    return all;
}

std::vector<Question> read_questions(const std::filesystem::path& path) {
    return parse_questions(text::read_text(path), path.string());
}

}  // namespace heed::database
