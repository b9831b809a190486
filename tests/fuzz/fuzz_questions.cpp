// Fuzz target: files of questions with their SQL.
#include <heed/examples/answer/sql/grammar.hpp>
#include <heed/examples/answer/sql/questions.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        using namespace heed::answer;
        for (const Question& q : parse_questions({reinterpret_cast<const char*>(data), size}, "questions"))
            Grammar(Pieces(q.sql), pairs_of(q.sql)).may_follow({}, Pieces::end);
    });
}
