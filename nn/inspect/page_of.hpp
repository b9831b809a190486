#pragma once
// A page from the attentions that Lenses saw, of any model:
//     Lenses lenses;
//     model(text);
//     inspect::write_html("attention.html", inspect::page_of(lenses, "My model", {{.queries = tokens}}));
#include <heed/nn/inspect/page/page.hpp>
#include <heed/ops/attention/lens.hpp>

namespace heed::inspect {

inline constexpr Dim most_weights = Dim{1} << 22;  // on a page: about 12 MB of HTML

// Labels for the positions of some layers: those whose path contains `path`.
struct Labels {
    std::string path = {};
    std::vector<std::string> queries = {};
    std::vector<std::string> keys = {};  // none: the same as the queries
    std::string from = "queries", to = "keys";
};

// The weights of example number `example` of each attention that `lenses` saw, labelled by the first of `labels` that
// fits its path. A layer that none fits is left out; without any labels, all layers are there, with numbered positions.
// Calls of a layer with one query each, as a decoder makes them step by step, become one layer: a query of an earlier
// step has weight 0 for keys that came later. Throws RangeError, naming the layer, for labels of another number than
// its queries or keys; where no attention is left; for more than most_weights.
Page page_of(const Lenses& lenses, std::string title, const std::vector<Labels>& labels = {}, Dim example = 0,
             Site at = Site::current());

}  // namespace heed::inspect
