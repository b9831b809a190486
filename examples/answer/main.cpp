// answer: questions to SQL and to what a database says, questions about stories, and words hidden in texts.
#include <heed/examples/answer/cloze/commands.hpp>
#include <heed/examples/answer/sql/commands.hpp>
#include <heed/examples/answer/stories/commands.hpp>
#include <heed/nn/program/program.hpp>

int main(int argc, char** argv) {
    using namespace heed::answer;
    return heed::program::run(argc, argv,
                              {.name = "answer",
                               .about = "Answers by attention: of a database, of stories, of hidden words.",
                               .tasks = {{"sql", "a question to SQL, and to the answer of a database", train_sql,
                                          evaluate_sql, predict_sql, attend_sql},
                                         {"stories",
                                          "a word as the answer to a question about a story",
                                          train_stories,
                                          {evaluate_stories, "evaluate a model: wrong answers for each task"},
                                          {predict_stories, "answer each question of a story"},
                                          attend_stories},
                                         {"cloze",
                                          "a name that is hidden in a text",
                                          train_cloze,
                                          {evaluate_cloze, "evaluate a model: names that are right"},
                                          {predict_cloze, "find hidden names"},
                                          attend_cloze}}});
}
