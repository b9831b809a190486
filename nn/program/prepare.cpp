// Data prepared once, for all runs that use them.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/nn/program/prepare.hpp>

namespace heed::program {
namespace {

constexpr std::uint64_t megabyte = 1000000;

std::uint64_t total_size(const std::vector<data::Source>& sources) {
    std::uint64_t size = 0;
    for (const data::Source& source : sources) size += source.size;
    return size;
}

std::vector<data::Source> sources_of(const Preparation& what) {
    if (!what.folder.empty()) return {data::source_of(what.folder, what.files)};
    std::vector<data::Source> sources;
    for (const std::string& file : what.files) sources.push_back(data::source_of(file));
    return sources;
}

std::span<const std::string> files_of(const Preparation& what, std::size_t source) {
    return what.folder.empty() ? std::span(what.files).subspan(source, 1) : std::span(what.files);
}

const std::string& name_of(const Preparation& what, std::size_t source) {
    return what.folder.empty() ? what.files[source] : what.folder;
}

// Beside the run's folder, unless another is given.
std::filesystem::path folder_of(const Launch& launch) {
    if (!launch.prepared.empty()) return launch.prepared;
    const std::filesystem::path run = std::filesystem::absolute(launch.folder / ".").lexically_normal().parent_path();
    return run.parent_path() / "prepared";
}

std::string path_of(const Launch& launch, const Preparation& what, const std::vector<data::Source>& sources) {
    if (launch.prepared.empty() && total_size(sources) < kept_from) return "";
    std::uint64_t hash = hash_text(what.settings.dump());
    for (const data::Source& source : sources) hash = mix_bits(mix_bits(hash + source.size) + source.sample);
    return folder_of(launch) / fmt::format("{}-{:016x}.safetensors", what.kind, hash);
}

[[noreturn]] void refuse_changed(const std::string& file, const std::string& prepared) {
    throw data::ChangedError(fmt::format(
        "{}: changed since it was prepared: remove {} and run again, or put the file back", file, prepared));
}

}  // namespace

PreparedData::PreparedData(data::Prepared ids)
    : ids_(std::move(ids)), notes_(nlohmann::json::parse(ids_.notes(), nullptr, false)) {
    if (!notes_.is_object()) refuse("they are no JSON object");
}

void PreparedData::refuse(const char* why) const {
    throw FileError(
        fmt::format("{}: its notes are damaged ({}): remove the file, and it is made again", ids_.path(), why));
}

Making::Making(const Preparation& what, std::vector<data::Source> sources, std::string path)
    : what_(what), sources_(std::move(sources)), path_(std::move(path)) {
    const bool kept = !path_.empty();
    const auto total =
        static_cast<Dim>(total_size(sources_) * static_cast<std::uint64_t>(what.passes + kept) / megabyte);
    if (kept)
        progress_.emplace(training::ProgressOptions{.label = "prepare", .unit = "MB", .counts = "MB", .total = total});
    std::uint64_t read = 0;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        const data::Source& s = sources_[i];
        stored_.push_back(
            {{"path", name_of(what, i)}, {"size", s.size}, {"modified", s.modified}, {"sample", s.sample}});
        if (kept)
            stored_.back()["content"] = data::content_hash(files_of(what, i), [&](std::uint64_t n) { at(read += n); });
    }
    if (kept) end_pass();
}

void Making::at(std::uint64_t bytes) {
    const std::uint64_t now = (before_ + bytes) / megabyte;
    if (!progress_ || now <= shown_) return;
    progress_->update(static_cast<Dim>(now), static_cast<double>(now - shown_), 0);
    shown_ = now;
}

void Making::end_pass() {
    before_ += total_size(sources_);
    at(0);
}

PreparedData Making::finish(data::PreparedWriter& writer, nlohmann::json notes) {
    const std::vector<data::Source> now = sources_of(what_);
    for (std::size_t i = 0; i < sources_.size(); ++i)
        if (now[i] != sources_[i])
            throw data::ChangedError(
                fmt::format("{}: changed while it was prepared; run again when it is complete", name_of(what_, i)));
    const nlohmann::json all = {{"sources", std::move(stored_)}, {"made", std::move(notes)}};
    return PreparedData(writer.finish(all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
}

PreparedData prepare_here(const Launch& launch, const Preparation& what,
                          const std::function<PreparedData(Making&)>& make) {
    const std::vector<data::Source> sources = sources_of(what);
    const std::string path = path_of(launch, what, sources);
    if (path.empty() || !std::filesystem::exists(path)) {
        std::error_code error;
        if (!path.empty()) std::filesystem::create_directories(folder_of(launch), error);
        if (error)
            throw IoError(fmt::format("{}: the folder for prepared data cannot be made: {}; give another --prepared",
                                      folder_of(launch).string(), error.message()));
        Making making(what, sources, path);
        return make(making);
    }
    PreparedData found{data::Prepared(path)};
    try {
        for (std::size_t i = 0; i < sources.size(); ++i) {
            const nlohmann::json& stored = found.notes_.at("sources").at(i);
            if (stored.at("modified").get<std::int64_t>() == sources[i].modified) continue;
            if (stored.at("content").get<std::uint64_t>() != data::content_hash(files_of(what, i)))
                refuse_changed(name_of(what, i), path);
        }
    } catch (const nlohmann::json::exception& e) {
        found.refuse(e.what());
    }
    return found;
}

PreparedData prepare(const Launch& launch, const Preparation& what, const std::function<PreparedData(Making&)>& make) {
    std::optional<PreparedData> made;
    launch.group().by_leader([&] { made.emplace(prepare_here(launch, what, make)); });
    return made ? std::move(*made) : prepare_here(launch, what, make);  // the others find what is kept
}

}  // namespace heed::program
