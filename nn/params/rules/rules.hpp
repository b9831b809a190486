#pragma once
// Names and layouts of other programs' files, in both directions: load() reads by these rules, and save() writes by the
// same ones backwards.
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <heed/core/base/shape.hpp>

namespace heed::nn {

// How tensors are laid out.
enum class Layout {
    heed,     // as the store's parameters
    pytorch,  // as the layer of PyTorch keeps them that heed's layer stands for: see docs/use/from_pytorch.md
};

// One pattern, or several. In a pattern "{i}", with any name between the braces, stands for the rest of a part of a
// name (there are dots between parts), and one "*" for any text, dots included, with plain text alone behind it.
struct NamePatterns : std::vector<std::string> {
    NamePatterns() = default;
    NamePatterns(const char* one) : std::vector<std::string>{one} {}
    NamePatterns(std::string one) : std::vector<std::string>{std::move(one)} {}
    NamePatterns(std::initializer_list<std::string> several) : std::vector<std::string>(several) {}
};

// What the file holds as `theirs` is what the store holds as `ours`, where the same texts stand for "{i}" and "*".
// Several names on one side are parts of what has one name on the other, joined along an axis in this order:
// {"h.{i}.qkv.bias", {"layers.{i}.query.bias", "layers.{i}.key.bias", "layers.{i}.value.bias"}}.
// Without `ours`, the tensor is left out when loading: {"*.attn.mask"}.
struct Rule {
    NamePatterns theirs = {};
    NamePatterns ours = {};
    std::optional<Layout> layout = {};  // of these tensors' axes, where it is not that of the whole file
    Dim axis = -1;  // of the parameters, along which several are joined. Several of `theirs` have equal sizes.
    Dim ones = 0;   // axes of size one that the file's tensor has before all others, and the parameter has not
};
using Rules = std::vector<Rule>;  // of those that fit a name, the first one counts

// Throws RangeError for a pattern that is none, texts that one side alone names, or several names on both sides.
void check_rules(const Rules& rules);

}  // namespace heed::nn
