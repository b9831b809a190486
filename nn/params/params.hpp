#pragma once
// The one store of a model's parameters. Layers are handed a store with a name, make their parameters in it and keep
// handles.
#include <map>
#include <memory>
#include <string>
#include <vector>
#include <heed/core/tape.hpp>
#include <heed/nn/params/init.hpp>

namespace heed::nn {

// How PyTorch names what lies below a name: "{}" stands for the rest, as in "out_proj.{}" or "{}_ih_l0". A parameter
// may be one of several equal pieces of the first axis of PyTorch's tensor: number `part` of `parts`.
struct PyTorchName {
    std::string pattern;
    Dim part = 0, parts = 1;
};

// How PyTorch keeps one parameter. The layer that makes it states that; load() and save() with Layout::pytorch rely on
// it, and never guess by shapes.
struct InPyTorch {
    std::string name = {};  // of the parameter; empty: as here
    Shape axes = {};        // axis i is axis axes[i] of PyTorch's tensor; empty: the same axes
};

class HEED_ABI Params {
public:
    explicit Params(std::uint64_t seed = 0);
    Params operator/(std::string_view name) const;  // the same store under a longer name: p / "encoder" / "first"
    Params operator/(Dim index) const;
    // As p / name, for what PyTorch's layer names differently. A file may use either name.
    Params named(std::string_view name, const std::vector<PyTorchName>& theirs) const;

    // A new parameter `name` of this store. Its initial values depend on the seed and on its whole name, not on the
    // order in which layers are made. In a store made by clone() the first one to ask for a name gets the parameter
    // that is there, with its values. Throws Error if the name is taken, or is empty; ShapeError if the parameter that
    // is there has another shape. A file of PyTorch has it `there`: by default under the same name and with the same
    // axes.
    Var make(std::string_view name, const Shape& shape, const Init& init, const InPyTorch& there = {}) const;

    // A value that is kept with the parameters (listed, saved, loaded, cloned, averaged), but is never learnt: no
    // gradient reaches it, also after freeze(false). For what a layer counts or averages itself, by mutable_value().
    Var make_buffer(std::string_view name, const Shape& shape, const Init& init, const InPyTorch& there = {}) const;

    // Of the parameters below this name, in the order in which they were made.
    std::vector<Var> list() const;
    std::vector<Var> buffers() const;       // those of them that make_buffer() made
    Var find(std::string_view name) const;  // throws Error with the nearest names
    Dim count() const;                      // elements, not arrays
    void clear_gradients() const;
    void freeze(bool frozen = true) const;       // (p / "encoder").freeze(): no gradient, no update
    std::vector<std::string> unreached() const;  // names of parameters that want a gradient and have none
    void require_reached() const;                // throws TapeError that lists those; between backward() and step()
    void copy_from(const Params& other) const;   // values, by name; both must hold the same names and shapes

    // A store of its own with these parameters: the same names, seed and values, frozen where they are. A model made in
    // it, as the first one was, takes them over, and from then on neither touches the other: `Model
    // twin(params.clone(), options)`.
    Params clone() const;
    std::string summary() const;  // a table: parameter, shape, elements, MB

    const std::string& path() const { return path_; }

    // The tensors of a file of PyTorch that may hold a parameter, of which the first one that is there counts, and
    // their axes.
    struct Origin {
        std::vector<PyTorchName> names;
        Shape axes;
    };
    const Origin& in_pytorch(const Var& parameter) const;

private:
    struct Store;
    std::shared_ptr<Store> store_;
    std::string path_;
    std::vector<PyTorchName> theirs_ = {{"{}"}};  // of what lies below path_
    std::string full(std::string_view name) const;
};

// Whether a parameter's name is `path` or lies below it; all lie below "".
inline bool lies_below(std::string_view name, std::string_view path) {
    return path.empty() || name == path || (name.starts_with(path) && name[path.size()] == '.');
}

// The layer that owns this parameter, for errors and random streams: its name without the last part.
struct HEED_ABI LayerScope : Scope {
    explicit LayerScope(const Var& parameter, Site caller = {})
        : Scope(std::string_view(parameter.name())
                    .substr(0, std::min(parameter.name().rfind('.'), parameter.name().size())),
                caller) {}
};

}  // namespace heed::nn
