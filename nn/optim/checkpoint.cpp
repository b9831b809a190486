// Saving and loading by name.
#include <charconv>
#include <optional>
#include <span>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/core/format.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/optim/checkpoint.hpp>

namespace heed::nn {
namespace {

constexpr io::Dtype real_dtype = sizeof(Real) == 4 ? io::Dtype::F32 : io::Dtype::F64;

std::string previous_of(const std::filesystem::path& path) { return path.string() + ".previous"; }

[[noreturn]] void refuse(const std::string& file, const std::string& text) {
    throw FileError(fmt::format("{}: {}", file, text));
}

// The whole text as a number, if it is one.
template <class Number>
std::optional<Number> parsed(const std::string& text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

void Checkpoint::put(const std::string& name, const Array& value) { arrays_.insert_or_assign(name, value); }
void Checkpoint::put(const std::string& name, const Ints& value) { ints_.insert_or_assign(name, value); }

void Checkpoint::put(const std::string& prefix, const Params& params) {
    for (const Var& p : params.list()) put(prefix + p.name(), p.value());
}

void Checkpoint::put(const std::string& prefix, const Optimizer& optimizer) {
    Checkpoint own;
    optimizer.put(own);
    own.notes["kind"] = optimizer.kind();
    own.notes["version"] = std::to_string(optimizer.version());
    put(prefix, own);
}

void Checkpoint::put(const std::string& prefix, const Ema& ema) {
    notes[prefix + "updates"] = std::to_string(ema.updates());
    for (std::size_t i = 0; i < ema.parameters().size(); ++i) {
        put(prefix + ema.parameters()[i].name(), ema.averages()[i]);
        put(prefix + "lost." + ema.parameters()[i].name(), ema.lost()[i]);
    }
}

void Checkpoint::put(const std::string& prefix, const Checkpoint& all) {
    for (const auto& [name, text] : all.notes) notes[prefix + name] = text;
    for (const auto& [name, some] : all.parts) parts.insert_or_assign(prefix + name, some);
    for (const auto& [name, value] : all.arrays_) put(prefix + name, value);
    for (const auto& [name, value] : all.ints_) put(prefix + name, value);
}

Checkpoint Checkpoint::part(const std::string& prefix) const {
    Checkpoint out;
    out.file_ = file_;
    out.prefix_ = prefix_ + prefix;
    const auto below = [&prefix](const auto& all, auto& into) {
        for (const auto& [name, value] : all)
            if (name.starts_with(prefix)) into.emplace(name.substr(prefix.size()), value);
    };
    below(notes, out.notes);
    below(parts, out.parts);
    below(arrays_, out.arrays_);
    below(ints_, out.ints_);
    return out;
}

Array Checkpoint::array(const std::string& name) const {
    const auto found = arrays_.find(name);
    if (found == arrays_.end())
        refuse(file_, fmt::format("holds no tensor '{}{}'{}; is it a checkpoint of another model?", prefix_, name,
                                  ints_.contains(name) ? " of numbers that are no integers" : ""));
    return found->second;
}

Ints Checkpoint::ints(const std::string& name) const {
    const auto found = ints_.find(name);
    if (found == ints_.end())
        refuse(file_,
               fmt::format("holds no integer tensor '{}{}'; is it a checkpoint of another model?", prefix_, name));
    return found->second;
}

const std::string& Checkpoint::note(const std::string& name) const {
    const auto found = notes.find(name);
    if (found == notes.end())
        refuse(file_, fmt::format("holds no note '{}{}'; was it written by another program?", prefix_, name));
    return found->second;
}

Dim Checkpoint::number(const std::string& name) const {
    const std::optional<Dim> value = parsed<Dim>(note(name));
    if (!value || *value < 0)
        refuse(file_, fmt::format("note '{}{}' is '{}'; expected a whole number from 0", prefix_, name, note(name)));
    return *value;
}

double Checkpoint::real(const std::string& name) const {
    const std::optional<double> value = parsed<double>(note(name));
    if (!value) refuse(file_, fmt::format("note '{}{}' is '{}'; expected a number", prefix_, name, note(name)));
    return *value;
}

std::vector<double> Checkpoint::reals(const std::string& name) const {
    std::vector<double> all;
    const std::string& text = note(name);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::optional<double> value = parsed<double>(text.substr(begin, end - begin));
        if (!value)
            refuse(file_,
                   fmt::format("note '{}{}' is '{}'; expected numbers with a space between them", prefix_, name, text));
        all.push_back(*value);
        begin = end + 1;
    }
    return all;
}

Array Checkpoint::array(const std::string& name, const Shape& shape) const {
    Array value = array(name);
    if (!(value.shape() == shape))
        refuse(file_, fmt::format("tensor '{}{}' has shape {}; expected {}: the checkpoint is of another model",
                                  prefix_, name, value.shape(), shape));
    return value;
}

void Checkpoint::get(const std::string& prefix, const Params& params) const {
    const std::vector<Var> wanted = params.list();
    std::vector<Array> values;
    for (const Var& p : wanted)
        values.push_back(array(prefix + p.name(), p.shape()));  // all of them, before any is changed
    std::size_t held = 0;
    for (const auto& [name, value] : arrays_) held += name.starts_with(prefix);
    if (held != wanted.size())
        refuse(file_, fmt::format("holds {} tensors below '{}{}', the model has {}: the checkpoint is of another model",
                                  held, prefix_, prefix, wanted.size()));
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i].mutable_value("Checkpoint::get") = std::move(values[i]);
}

void Checkpoint::get(const std::string& prefix, Ema& ema) const {
    std::vector<Array> averages, lost;
    for (const Var& p : ema.parameters()) {
        const bool kept = arrays_.contains(prefix + "lost." + p.name());  // not in files of earlier versions
        averages.push_back(array(prefix + p.name(), p.shape()));
        lost.push_back(kept ? array(prefix + "lost." + p.name(), p.shape()) : filled(p.shape(), 0));
    }
    ema.restore(std::move(averages), std::move(lost), number(prefix + "updates"));
}

void Checkpoint::get(const std::string& prefix, Optimizer& optimizer) const {
    const Checkpoint own = part(prefix);
    if (const bool lazy = own.notes.contains("lazy"); lazy != optimizer.lazy())
        refuse(file_, fmt::format("'{}{}' is the state of an optimiser that {} lazy; expected one that {}: they "
                                  "remember rows of tables otherwise",
                                  prefix_, prefix, lazy ? "is" : "is not", lazy ? "is not" : "is"));
    if (own.notes.contains("kind")) {  // older files do not state it
        const std::string& kind = own.note("kind");
        const Dim version = own.number("version");
        if (kind != optimizer.kind() || version > optimizer.version())
            refuse(file_,
                   fmt::format("'{}{}' is the state of {}, version {}; expected that of {}, version {} or before",
                               prefix_, prefix, kind, version, optimizer.kind(), optimizer.version()));
    }
    optimizer.get(own);
}

std::uint64_t Checkpoint::hash() const {
    std::uint64_t hash = 0;
    const auto add = [&hash](std::string_view bytes) { hash = mix_bits(hash + hash_text(bytes) + 1); };
    const auto add_all = [&add](const auto& named) {
        for (const auto& [name, value] : named) {
            const auto bytes = std::as_bytes(std::span(value.storage().data(), value.storage().size()));
            add(name), add(to_string(value.shape()));
            add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        }
    };
    for (const auto& [name, text] : notes) add(name), add(text);
    add_all(arrays_), add_all(ints_);
    return hash;
}

void Checkpoint::save(const std::filesystem::path& path) const {
    if (!parts.empty())
        throw Error(
            fmt::format("Checkpoint::save: '{}' is here in part, since several processes keep it together; a "
                        "run's own checkpoints hold all of it",
                        parts.begin()->first));
    std::vector<io::TensorSource> tensors;
    for (const auto& [name, value] : arrays_)
        tensors.push_back({name, real_dtype, value.shape(), value.storage().data()});
    for (const auto& [name, value] : ints_)
        tensors.push_back({name, io::Dtype::I64, value.shape(), value.storage().data()});
    io::write_safetensors(path.string(), std::move(tensors), notes);
}

Checkpoint Checkpoint::load(const std::filesystem::path& path) {
    const io::SafetensorsReader reader(path.string());
    Checkpoint c;
    c.file_ = path.string();
    c.notes = reader.metadata();
    for (const io::TensorInfo& info : reader.tensors()) {
        const auto n = static_cast<std::size_t>(info.shape.count());
        if (io::converts_to<std::int64_t>(info.dtype) && info.dtype != io::Dtype::BOOL) {
            Ints value = Ints::from_shape(info.shape);
            reader.read_as<std::int64_t>(info, {value.data(), n});
            c.ints_.emplace(info.name, std::move(value));
        } else {
            Array value = Array::from_shape(info.shape);
            reader.read_as<Real>(info, {value.data(), n});
            c.arrays_.emplace(info.name, std::move(value));
        }
    }
    return c;
}

void Checkpoint::save_keeping_previous(const std::filesystem::path& path) const {
    // A second name for the last save, made aside and renamed, so that at every moment one of the two files is whole.
    std::error_code error;
    if (std::filesystem::exists(path, error)) {
        const std::string aside = previous_of(path) + ".heed-tmp";
        std::filesystem::remove(aside, error);
        std::filesystem::create_hard_link(path, aside, error);
        if (error) std::filesystem::copy_file(path, aside, error);  // a file system without links
        if (!error) std::filesystem::rename(aside, previous_of(path), error);
        if (error)
            throw IoError(fmt::format("{}: the save before cannot be kept as {}: {}", path.string(), previous_of(path),
                                      error.message()));
    }
    save(path);
}

Checkpoint Checkpoint::load_latest(const std::filesystem::path& path, std::string& warning) {
    try {
        return load(path);
    } catch (const IoError&) {  // the file may be whole: the next try can tell
        throw;
    } catch (const FileError& last) {
        if (!std::filesystem::exists(previous_of(path))) throw;
        warning = fmt::format("{}; continuing from the save before, {}", last.what(), previous_of(path));
        return load(previous_of(path));
    }
}

}  // namespace heed::nn
