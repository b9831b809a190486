// Checkpoints of other programs: integers of every dtype.
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("checkpoint: integers of every dtype are integers, and one that does not fit is refused", "[nn]") {
    const TemporaryFolder folder;
    const std::string path = folder / "f";
    const std::uint8_t u8[] = {0, 255};
    const std::int8_t i8[] = {-128, 127};
    const std::uint16_t u16[] = {0, 65535};
    const std::int16_t i16[] = {-32768, 32767};
    const std::uint32_t u32[] = {0, 4294967295};
    const std::int32_t i32[] = {-2147483647 - 1, 2147483647};
    const std::uint64_t u64[] = {0, 9223372036854775807}, most[] = {0, 9223372036854775808u};
    const std::int64_t i64[] = {-9223372036854775807 - 1, 9223372036854775807};
    const std::vector<io::TensorSource> sources = {
        {"u8", io::Dtype::U8, {2}, u8},    {"i8", io::Dtype::I8, {2}, i8},    {"u16", io::Dtype::U16, {2}, u16},
        {"i16", io::Dtype::I16, {2}, i16}, {"u32", io::Dtype::U32, {2}, u32}, {"i32", io::Dtype::I32, {1, 2}, i32},
        {"u64", io::Dtype::U64, {2}, u64}, {"i64", io::Dtype::I64, {2}, i64}, {"flags", io::Dtype::BOOL, {2}, u8}};
    io::write_safetensors(path, sources);
    const nn::Checkpoint file = nn::Checkpoint::load(path);
    const auto ints = [&](const std::string& name) {
        const Ints values = file.ints(name);
        return std::vector<std::int64_t>(values.storage().cbegin(), values.storage().cend());
    };
    using All = std::vector<std::int64_t>;
    CHECK(ints("u8") == All{0, 255});
    CHECK(ints("i8") == All{-128, 127});
    CHECK(ints("u16") == All{0, 65535});
    CHECK(ints("i16") == All{-32768, 32767});
    CHECK(ints("u32") == All{0, 4294967295});
    CHECK(ints("i32") == All{-2147483648, 2147483647});
    CHECK(file.ints("i32").shape() == Shape{1, 2});
    CHECK(ints("u64") == All{0, 9223372036854775807});
    CHECK(ints("i64") == All{i64[0], i64[1]});
    CHECK(elements(file.array("flags")) == std::vector<double>{0, 1});
    CHECK_THAT(text_of([&] { file.array("u8"); }), Containing("holds no tensor 'u8' of numbers that are no integers"));
    io::write_safetensors(path, {{"ids", io::Dtype::U64, {2}, most}});
    CHECK(error_of<FileError>([&] { nn::Checkpoint::load(path); }) ==
          path + ": tensor 'ids': element 1 does not fit in a signed 64-bit integer");
}
