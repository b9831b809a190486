#pragma once
// The task `sql`: questions to SQL, and to the answer of a database.
#include <heed/examples/answer/run.hpp>
#include <heed/examples/answer/sql/model.hpp>
#include <heed/nn/data/database/score.hpp>
#include <heed/nn/data/examples.hpp>

namespace heed::answer {

using database::Database, database::Question;

struct SqlOptions : TaskOptions {
    static constexpr const char* about = "train a model on questions and their SQL";
    std::string data, dev, database, schema;
    SqlModelOptions model;
    double forget = 0.1;
    SqlOptions() { batch = 16, decay = 0.05; }
    void check() const;  // throws UsageError
    void declare(training::Settings& s) {
        s.add("data", data, "lines of a question, its SQL and its values, with tabs between them")
            .required()
            .may_change();
        s.add("dev", dev, "such a file to evaluate on; without it the last tenth of the data is held out").may_change();
        s.add("database", database, "SQLite file whose names are known in questions; without it, those of the data")
            .may_change();
        s.add("schema", schema, "of the database: which columns are keys; their names are known").may_change();
        model.declare(s);
        s.add("forget", forget, "share of words that are read by their first letters alone").within(0, 0.9);
        TaskOptions::declare(s);
    }
};

data::Parts<Question> read_data(const SqlOptions& config, std::optional<Dim> cut);

int train_sql(SqlOptions config, const program::Launch& launch);

// The shares of statements that are right and, with a database, of answers. The processes of a group share the
// questions.
training::Metrics measure(const SqlModel& model, const Codec& codec, const std::vector<Question>& questions, Dim beam,
                          const std::optional<Database>& database, training::Group& group = training::one_process());

inline void declare_search(training::Settings& s, std::string& database, Dim& beam) {
    s.add("database", database, "SQLite file that is asked, and whose names are known in questions");
    s.add("beam", beam, "hypotheses of a statement; 1: greedy").within(1, 1000);
}

struct SqlEvalOptions : program::CommandOptions {
    static constexpr const char* about = "evaluate a model: statements and answers that are right";
    std::string data = {}, database = {};
    Dim beam = 5;
    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("data", data, "questions with their SQL; without it, those that training held out");
        declare_search(s, database, beam);
    }
};
int evaluate_sql(const SqlEvalOptions& options);

struct SqlPredictOptions : program::TextOptions {
    static constexpr const char* about = "write SQL for questions, and ask a database";
    std::string database = {};
    Dim beam = 5;
    bool guess = false;
    void declare(training::Settings& s) {
        program::TextOptions::declare(s, "questions", "each in quotes");
        declare_search(s, database, beam);
        s.add("guess", guess, "write SQL also for a question with words that are not understood");
    }
};
// Prints each question's SQL and the rows that the database gives. A question with unknown words is answered with
// those, and the others are still answered; then the exit code is 65.
int predict_sql(const SqlPredictOptions& options);

int attend_sql(const AttendOptions& options);

}  // namespace heed::answer
