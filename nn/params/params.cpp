// The store of a model's parameters.
#include <algorithm>
#include <set>
#include <fmt/format.h>
#include <heed/nn/params/params.hpp>

namespace heed::nn {
namespace {

// Each of the names with each of the rests in place of its "{}".
std::vector<PyTorchName> joined(const std::vector<PyTorchName>& names, const std::vector<PyTorchName>& rests) {
    std::vector<PyTorchName> all;
    for (const PyTorchName& rest : rests)
        for (const PyTorchName& name : names) {
            all.push_back(rest.parts > 1 ? rest : name);
            all.back().pattern = name.pattern;
            all.back().pattern.replace(name.pattern.find("{}"), 2, rest.pattern);
        }
    return all;
}

}  // namespace

struct Params::Store {
    std::uint64_t seed;
    std::vector<Var> list;
    std::map<std::string, std::size_t, std::less<>> by_name;
    std::set<std::string, std::less<>> waiting;  // names of clones that no layer has asked for yet
    std::map<std::string, Origin, std::less<>> origins;
    std::set<std::string, std::less<>> buffers;

    void add(const Var& parameter) {
        by_name.emplace(parameter.name(), list.size());
        list.push_back(parameter);
    }
};

Params::Params(std::uint64_t seed) : store_(std::make_shared<Store>()) { store_->seed = seed; }

std::string Params::full(std::string_view name) const {
    return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

Params Params::operator/(std::string_view name) const { return named(name, {}); }
Params Params::operator/(Dim index) const { return *this / std::to_string(index); }
Params Params::named(std::string_view name, const std::vector<PyTorchName>& theirs) const {
    Params longer(*this);
    longer.path_ = full(name);
    std::vector<PyTorchName> rests = theirs;
    rests.push_back({std::string(name) + ".{}"});
    longer.theirs_ = joined(theirs_, rests);
    return longer;
}

Var Params::make(std::string_view name, const Shape& shape, const Init& init, const InPyTorch& there) const {
    const std::string path = full(name);
    if (name.empty()) throw Error(fmt::format("Params: a parameter below '{}' has no name", path_));
    std::vector<PyTorchName> own{{std::string(name)}};
    if (!there.name.empty()) own.insert(own.begin(), {there.name});
    if (store_->waiting.erase(path)) {
        const Var& parameter = store_->list[store_->by_name.find(path)->second];
        expect(
            parameter.shape() == shape, "Params", path, shape,
            [&] { return fmt::format("{}, as in the store that was cloned", to_string(parameter.shape())); }, Site{});
        store_->origins.insert_or_assign(path, Origin{joined(theirs_, own), there.axes});
        return parameter;
    }
    if (store_->by_name.contains(path))
        throw Error(fmt::format("Params: there is a parameter '{}' already; give each layer a name of its own", path));
    for (Dim size : shape)
        expect(
            size > 0, "Params", name, shape,
            [&] { return fmt::format("sizes above zero for the parameter '{}'", path); }, Site{});
    {
        const Scope scope(path);
        require_sizes("Params", shape, Site{});
    }
    Array values = Array::from_shape(shape);
    init(values, RandomStream(Key{store_->seed, 0}, hash_text(path)));
    Var parameter = Var::leaf(std::move(values), path);
    store_->add(parameter);
    store_->origins.insert_or_assign(path, Origin{joined(theirs_, own), there.axes});
    return parameter;
}

Var Params::make_buffer(std::string_view name, const Shape& shape, const Init& init, const InPyTorch& there) const {
    Var buffer = make(name, shape, init, there);
    buffer.freeze();
    store_->buffers.insert(buffer.name());
    return buffer;
}

std::vector<Var> Params::buffers() const {
    std::vector<Var> below;
    for (const std::string& name : store_->buffers)
        if (lies_below(name, path_)) below.push_back(store_->list[store_->by_name.find(name)->second]);
    return below;
}

const Params::Origin& Params::in_pytorch(const Var& parameter) const {
    const auto found = store_->origins.find(parameter.name());
    if (found == store_->origins.end())
        throw Error(fmt::format("Params: '{}' is no parameter of this store", parameter.name()));
    return found->second;
}

std::vector<Var> Params::list() const {
    if (path_.empty()) return store_->list;
    std::vector<Var> below;
    for (const Var& p : store_->list)
        if (lies_below(p.name(), path_)) below.push_back(p);
    return below;
}

Var Params::find(std::string_view name) const {
    const auto found = store_->by_name.find(full(name));
    if (found != store_->by_name.end()) return store_->list[found->second];
    std::string known;
    for (const Var& p : list()) known += (known.empty() ? "" : ", ") + p.name();
    throw Error(fmt::format("Params: there is no parameter '{}'; there are: {}", full(name), known));
}

Dim Params::count() const {
    Dim n = 0;
    for (const Var& p : list()) n += p.size();
    return n;
}

void Params::clear_gradients() const {
    for (const Var& p : list()) p.clear_grad();
}

void Params::freeze(bool frozen) const {
    const std::vector<Var> below = list();
    if (below.empty()) throw Error(fmt::format("Params: nothing to freeze below '{}'", path_));
    for (const Var& p : below) p.freeze(frozen || store_->buffers.contains(p.name()));
}

std::vector<std::string> Params::unreached() const {
    std::vector<std::string> names;
    for (const Var& p : list())
        if (p.wants_grad() && !p.has_grad()) names.push_back(p.name());
    return names;
}

void Params::require_reached() const {
    const std::vector<std::string> names = unreached();
    if (names.empty()) return;
    throw TapeError(fmt::format(
        "Params: no gradient has reached {} of {} parameters: '{}'; were they used to compute the loss, and was "
        "backward() called? freeze() those that shall not learn",
        names.size(), list().size(), fmt::join(names, "', '")));
}

Params Params::clone() const {
    Params copy(store_->seed);
    copy.path_ = path_;
    copy.theirs_ = theirs_;
    for (const Var& p : list()) {
        const Var leaf = Var::leaf(p.value(), p.name());
        leaf.freeze(!p.wants_grad());
        copy.store_->add(leaf);
        copy.store_->waiting.insert(p.name());
        copy.store_->origins.emplace(p.name(), in_pytorch(p));
        if (store_->buffers.contains(p.name())) copy.store_->buffers.insert(p.name());
    }
    return copy;
}

void Params::copy_from(const Params& other) const {
    const std::vector<Var> mine = list(), theirs = other.list();
    if (mine.size() != theirs.size())
        throw Error(fmt::format("copy_from: {} parameters here, {} there", mine.size(), theirs.size()));
    for (const Var& p : mine) {
        const Var& q = other.find(p.name().substr(path_.empty() ? 0 : path_.size() + 1));
        expect(
            q.shape() == p.shape(), "copy_from", p.name(), q.shape(), [&] { return to_string(p.shape()); }, Site{});
        p.mutable_value("copy_from") = q.value();
    }
}

std::string Params::summary() const {
    const std::vector<Var> all = list();
    std::size_t width = 9;
    for (const Var& p : all) width = std::max(width, p.name().size());
    std::string table = fmt::format("{:<{}}  {:>18}  {:>12}  {:>8}\n", "parameter", width, "shape", "elements", "MB");
    const auto row = [&](const std::string& name, const std::string& shape, Dim n) {
        table += fmt::format("{:<{}}  {:>18}  {:>12}  {:>8.3f}\n", name, width, shape, n,
                             static_cast<double>(n) * sizeof(Real) / 1e6);
    };
    for (const Var& p : all) row(p.name(), to_string(p.shape()), p.size());
    row("total", "", count());
    return table;
}

}  // namespace heed::nn
