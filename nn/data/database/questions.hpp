#pragma once
// Files of questions with their SQL, as text2sql-data's are turned into lines: a question, its SQL, and what their
// placeholders stand for, with tabs between them.
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace heed::database {

struct Question {
    std::string text = {};                // with its values filled in
    std::vector<std::string> sql = {};    // likewise, cut into pieces: `"new mexico"` is one
    std::vector<std::string> names = {};  // what its placeholders say: the kind, a tab, the name
};

// SQL cut at spaces outside quotes.
std::vector<std::string> pieces_of(std::string_view sql);

// Throws FileError ("NAME:LINE: ...") for a line without a question, without SQL, or whose third part is no JSON object
// of texts, and for a file without lines.
std::vector<Question> parse_questions(std::string_view text, std::string_view name);
std::vector<Question> read_questions(const std::filesystem::path& path);  // UTF-8; throws FileError, IoError, too

}  // namespace heed::database
