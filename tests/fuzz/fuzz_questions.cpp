// Fuzz target: files of questions with their SQL.
#include <heed/nn/data/database/grammar.hpp>
#include <heed/nn/data/database/questions.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        using namespace heed::database;
        for (const Question& q : parse_questions({reinterpret_cast<const char*>(data), size}, "questions"))
            Grammar(Pieces(q.sql), pairs_of(q.sql)).may_follow({}, Pieces::end);
    });
}
