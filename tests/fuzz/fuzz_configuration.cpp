// Fuzz target: config.json, and the lines of log.jsonl, which are read the same way.
#include <heed/nn/training/settings/settings.hpp>
#include <heed/tests/fuzz/target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return heed::fuzz::read_or_refuse([&] {
        using namespace heed::training;
        const std::string text(reinterpret_cast<const char*>(data), size);
        if (const std::optional<Record> record = from_json(text)) find(*record, "step");
        std::string name = "x";
        std::int64_t steps = 0;
        std::uint64_t seed = 0;
        double rate = 0;
        bool deep = false;
        Settings settings;
        settings.add("name", name);
        settings.add("steps", steps).within(0);
        settings.add("seed", seed);
        settings.add("rate", rate);
        settings.add("deep", deep);
        settings.read(text, "config.json");
    });
}
