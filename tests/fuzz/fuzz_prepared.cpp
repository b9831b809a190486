// Fuzz target: files of prepared data.
#include <heed/nn/data/prepared.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        const heed::data::Prepared prepared(heed::fuzz::path_of(data, size));
        heed::Dim ids = 0;
        for (heed::Dim row = 0; row < prepared.rows(); ++row) ids += prepared.length(row);
        if (prepared.rows() > 0 && ids != prepared.ids().size()) throw heed::Error("the rows do not cover the ids");
        prepared.ids().vector();
    });
}
