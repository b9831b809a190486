// model.safetensors: a model with the settings that it is built from, written and read, also where an older version had
// fewer settings.
#include <nlohmann/json.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/training/model_file.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

namespace heed::training {
namespace {

struct ModelOptions {
    std::vector<std::string> words = {};
    Dim width = 4;
    std::string kind = "plain";
    Dim depth = 2;  // added later: there was one layer
    Dim extra = 0;  // kept in an array

    void declare(Settings& s) {
        s.add("words", words).of_data();
        s.add("width", width).within(1, 100);
        s.add("kind", kind).one_of({"plain", "odd"}).formerly("sort");
        s.add("depth", depth).within(1, 10).added_later(Dim{1});
    }
    void put(nn::Checkpoint& file) const { file.put("extra", Ints{extra}); }
    void get(const nn::Checkpoint& file) { extra = file.ints("extra")(0); }
};

struct Model {
    using Options = ModelOptions;
    static constexpr const char* program = "test";
    std::vector<nn::Linear> layers;
    Model(const nn::Params& p, const Options& o) {
        if (o.kind == "odd" && o.width % 2 == 0) throw RangeError("test: width is even");
        for (Dim i = 0; i < o.depth; ++i) layers.emplace_back(p / i, o.width, o.width);
    }
};

// Replaces the note of the file in `folder` by change(note).
template <class Change>
void change_note(const std::string& folder, Change change) {
    nn::Checkpoint file = nn::Checkpoint::load(model_path(folder));
    nlohmann::ordered_json note = nlohmann::ordered_json::parse(file.note("model"));
    change(note);
    file.notes["model"] = note.dump();
    file.save(model_path(folder));
}

}  // namespace

TEST_CASE("model_file: what was trained is opened again, and equal models are equal files", "[training]") {
    const TemporaryFolder folder;
    const ModelOptions options{.words = {"a, b", "\"", "ü"}, .width = 3, .kind = "odd", .depth = 2, .extra = 7};
    const nn::Params params(5);
    const Model model(params, options);
    save_model<Model>(folder.path(), options, params);
    const std::string bytes = content_of(folder / "model.safetensors");
    const auto opened = open_model<Model>(folder.path());
    CHECK((opened.options.words == options.words && opened.options.width == 3 && opened.options.kind == "odd" &&
           opened.options.extra == 7));
    CHECK(opened.params.count() == params.count());
    CHECK(opened.model.layers[1].weight.value().storage() == model.layers[1].weight.value().storage());
    save_model<Model>(folder.path(), opened.options, opened.params);
    CHECK(content_of(folder / "model.safetensors") == bytes);
}

TEST_CASE("model_file: settings that an older file lacks get the value from then, and old names are read",
          "[training]") {
    const TemporaryFolder folder;
    const ModelOptions options{.words = {"x"}, .depth = 1};
    const nn::Params params(5);
    const Model model(params, options);
    save_model<Model>(folder.path(), options, params);
    change_note(folder.path(), [](auto& note) {
        note.erase("depth"), note.erase("kind");
        note["sort"] = "plain";
    });
    const auto opened = open_model<Model>(folder.path());
    CHECK((opened.options.depth == 1 && opened.options.kind == "plain"));
}

TEST_CASE("model_file: the error names why a file cannot be opened", "[training]") {
    const TemporaryFolder folder;
    const auto refusal = [&] { return error_of<FileError>([&] { open_model<Model>(folder.path()); }); };
    CHECK_THAT(refusal(), Containing("model.safetensors"));
    put(folder / "config.json", "{}");
    CHECK_THAT(refusal(),
               Containing("holds a run that left no model yet; continue it: train --resume --out " + folder.path()));

    const auto refused = [&](auto change) {
        const ModelOptions options{.words = {"x"}};
        const nn::Params params(5);
        const Model model(params, options);
        save_model<Model>(folder.path(), options, params);
        change_note(folder.path(), change);
        return refusal();
    };
    CHECK(refused([](auto&) {}) == "no error");
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({"program": "other"})", "is a model of another program, 'other'"},
        {R"({"program": null})", "is a model of another program"},
        {R"({"width": 0})", "field 'width' is 0; expected 1 to 100"},
        {R"({"width": "4"})", "field 'width' is string"},
        {R"({"words": ["x", 3]})", "field 'words' is array"},
        {R"({"kind": "new"})", "field 'kind' is 'new'; expected one of plain, odd"},
        {R"({"kind": "odd"})", "describes no model (test: width is even); train it again"},
        {R"({"later": 1})", "it has an unknown field 'later'; was it written by another version?"},
        {R"({"width": 5})", "expected (5, 5)"},
    };
    for (const auto& [change, expected] : cases) {
        CAPTURE(change);
        const nlohmann::ordered_json changed = nlohmann::ordered_json::parse(change);
        CHECK_THAT(refused([&](auto& note) { note.update(changed); }), Containing(expected));
    }
    for (const char* name : {"program", "words", "width"}) {
        CAPTURE(name);
        CHECK_THAT(refused([&](auto& note) { note.erase(name); }), Containing(name));
    }
    put(folder / "model.safetensors", "no safetensors");
    CHECK_THAT(refusal(), Containing("model.safetensors"));
}

}  // namespace heed::training
