#pragma once
// How many statements are right, and how many give the right rows.
#include <optional>
#include <string>
#include <string_view>
#include <heed/nn/data/database/database.hpp>

namespace heed::database {

// Whether two statements are the same to the letter, but for spaces at their ends: the rule of text2sql-data's
// quick_eval.py (Finegan-Dollak et al., "Improving Text-to-SQL Evaluation Methodology", 2018).
bool same_sql(std::string_view a, std::string_view b);

struct SqlAccuracy {
    Dim questions = 0, right = 0, answered = 0;  // answered: the database gives the rows of the wanted statement

    // Nothing is answered without a database, and where it does not answer both statements.
    void add(const std::string& written, const std::string& wanted, const std::optional<Database>& database);
    double share(Dim n) const { return questions ? static_cast<double>(n) / static_cast<double>(questions) : 0; }
};

}  // namespace heed::database
