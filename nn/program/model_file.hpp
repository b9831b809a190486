#pragma once
// model.safetensors in a run's folder: what training leaves for use, described by JSON in its note "model".
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <nlohmann/json_fwd.hpp>
#include <heed/nn/program/run.hpp>
#include <heed/nn/checkpoint.hpp>

namespace heed::program {

std::filesystem::path model_path(const std::filesystem::path& folder);
bool has_model(const RunPlace& place);  // a run that is resumed, and had ended before

// Calls `take` with the description in `file`, which was loaded from `path`. Throws FileError, naming it, for a model of another program, and where
// `take` finds a field that is missing or of another type.
HEED_ABI void read_description(const nn::Checkpoint& file, const std::string& path, const char* program,
                               const std::function<void(const nlohmann::json&)>& take);

// Throws FileError, naming `path`, for a size that no model has.
void check_sizes(const std::string& path, std::initializer_list<Dim> sizes);

}  // namespace heed::program
