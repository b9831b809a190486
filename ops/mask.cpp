#include <algorithm>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/ops/mask.hpp>

namespace heed {

Mask operator&(Mask a, const Mask& b) {
    a.lengths_.insert(a.lengths_.end(), b.lengths_.begin(), b.lengths_.end());
    a.corners_.insert(a.corners_.end(), b.corners_.begin(), b.corners_.end());
    return a;
}
Mask Mask::tied_to(Corner corner) {
    Mask m;
    m.corners_.push_back(corner);
    return m;
}
Mask lengths(Ints n) {
    Mask m;
    m.lengths_.push_back(std::move(n));
    return m;
}
Mask causal() { return Mask::tied_to(Mask::Corner::only); }
Mask causal_from_start() { return Mask::tied_to(Mask::Corner::start); }
Mask causal_from_end() { return Mask::tied_to(Mask::Corner::end); }

void Mask::check(const char* op, const Shape& scores, Site at, Site check) const {
    const Dim keys = scores.back(), queries = scores[scores.size() - 2];
    for (const Ints& n : lengths_) {
        expect(n.dimension() == 1 && n.shape()[0] == scores[0], op, "lengths", n.shape(),
               [&] { return fmt::format("({}): one length for each example", scores[0]); }, at, check);
        for (Dim b = 0; b < scores[0]; ++b) {
            const Dim length = n.storage()[static_cast<std::size_t>(b)];
            require(
                0 <= length && length <= keys, op,
                [&] { return fmt::format("argument 'lengths' holds {} at ({}); expected 0 <= length <= {}, the number of keys", length, b, keys); },
                at, check);
        }
    }
    for (Corner corner : corners_) {
        require(corner != Corner::only || keys == queries, op, [&] {
            return fmt::format("causal() with {} queries and {} keys is ambiguous; say causal_from_start() or causal_from_end()", queries, keys);
        }, at, check);
    }
}

Dim Mask::visible(Dim b, Dim i, Dim queries, Dim keys) const {
    Dim limit = keys;
    for (Corner corner : corners_) limit = std::min(limit, corner == Corner::end ? std::max<Dim>(0, i + 1 + keys - queries) : i + 1);
    for (const Ints& n : lengths_) limit = std::min<Dim>(limit, n.storage()[static_cast<std::size_t>(b)]);
    return limit;
}

}  // namespace heed
