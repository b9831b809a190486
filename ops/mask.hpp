#pragma once
// Which keys a query may attend to, said by type: an array alone is no mask, because nobody can see its polarity.
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/error.hpp>

namespace heed {

// Masks combine with &: a pair counts only where every part allows it.
class Mask {
public:
    Mask() = default;  // everything is allowed
    friend Mask operator&(Mask a, const Mask& b);
    friend Mask lengths(Ints n);
    friend Mask causal();
    friend Mask causal_from_start();
    friend Mask causal_from_end();
    bool everything() const { return lengths_.empty() && corners_.empty(); }

    // For scores (b, ..., i, j): throws ShapeError or RangeError if the parts do not fit.
    void check(const char* op, const Shape& scores, Site at, Site check = Site::current()) const;
    // Query i of example b may see keys 0 .. visible(b, i, queries, keys) - 1.
    Dim visible(Dim b, Dim i, Dim queries, Dim keys) const;

private:
    std::vector<Ints> lengths_;
    enum class Corner { only, start, end };  // where the diagonal is tied to
    static Mask tied_to(Corner corner);
    std::vector<Corner> corners_;
};

Mask lengths(Ints n);  // (b): example b has keys 0 .. n_b - 1
Mask causal();         // query i sees keys 0 .. i; as many queries as keys
Mask causal_from_start();  // query i sees keys 0 .. i, whatever their number
Mask causal_from_end();    // the last query sees all keys: query i sees keys 0 .. i + keys - queries

}  // namespace heed
