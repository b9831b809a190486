#pragma once
// model.safetensors in a run's folder: what training leaves for use. It holds the weights that were kept, and as JSON
// in its note "model" the program that made it and the model's settings, with what the data gave, such as a vocabulary.
//     struct Model {
//         struct Options { void declare(Settings&); ... };
//         static constexpr const char* program = "mine";
//         Model(nn::Params, const Options&);
//     };
// Options may have put(nn::Checkpoint&) const and get(const nn::Checkpoint&) for arrays of their own; get() throws
// FileError.
#include <filesystem>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/training/settings/settings.hpp>

namespace heed::training {

// A trained model with what it is made of.
template <class Model>
struct Trained {
    typename Model::Options options;
    nn::Params params;
    Model model;
};

HEED_ABI std::filesystem::path model_path(const std::filesystem::path& folder);

// Adds the note, and writes the file. It depends on weights, settings and data alone, so that equal runs write equal
// bytes. Throws IoError.
HEED_ABI void save_model_file(const std::filesystem::path& folder, const char* program, const Settings& settings,
                              nn::Checkpoint file);
// Reads the file and from its note the settings. Throws FileError where there is none, for a model of another program,
// and as Settings::read does.
HEED_ABI nn::Checkpoint load_model_file(const std::filesystem::path& folder, const char* program,
                                        const Settings& settings);
// Throws FileError: what `folder` holds describes no model, for this reason.
[[noreturn]] HEED_ABI void refuse_model(const std::filesystem::path& folder, const char* why);

// The model that these options make, with the weights that `load` puts into its parameters. Throws FileError where they
// make none.
template <class Model, class Load>
Trained<Model> make_trained(const std::filesystem::path& folder, typename Model::Options options, Load load) {
    try {
        nn::Params params;
        Model model(params, options);
        load(params);
        return {std::move(options), std::move(params), std::move(model)};
    } catch (const RangeError& e) {
        refuse_model(folder, e.what());
    } catch (const ShapeError& e) {
        refuse_model(folder, e.what());
    }
}

template <class Model>
void save_model(const std::filesystem::path& folder, typename Model::Options options, const nn::Params& params) {
    nn::Checkpoint file;
    if constexpr (requires { options.put(file); }) options.put(file);
    file.put("model.", params);
    save_model_file(folder, Model::program, settings_of(options), std::move(file));
}

// The model as training left it in `folder`, by any version that wrote such a file. Throws FileError with the reason.
template <class Model>
Trained<Model> open_model(const std::filesystem::path& folder) {
    typename Model::Options options;
    const nn::Checkpoint file = load_model_file(folder, Model::program, settings_of(options));
    if constexpr (requires { options.get(file); }) options.get(file);
    return make_trained<Model>(folder, std::move(options),
                               [&](const nn::Params& params) { file.get("model.", params); });
}

}  // namespace heed::training
