// Word and phone error rates by edit distance.
#include <algorithm>
#include <limits>
#include <utility>
#include <fmt/format.h>
#include <heed/core/base/edit_distance.hpp>
#include <heed/core/base/error.hpp>
#include <heed/examples/pronounce/metrics.hpp>

namespace heed::pronounce {

double Score::word_error_rate() const {
    return words == 0 ? 0 : static_cast<double>(wrong_words) / static_cast<double>(words);
}
double Score::phone_error_rate() const {
    return phones == 0 ? 0 : static_cast<double>(wrong_phones) / static_cast<double>(phones);
}

void Score::add(const Entry& entry, const Phones& predicted) {
    std::pair<Dim, Dim> nearest{std::numeric_limits<Dim>::max(), 0};  // distance, then length
    for (const Phones& listed : entry.pronunciations) {
        nearest = std::min(nearest, {edit_distance(predicted, listed), static_cast<Dim>(listed.size())});
    }
    ++words;
    wrong_words += nearest.first > 0;
    wrong_phones += nearest.first;
    phones += nearest.second;
}

Score score(const std::vector<Entry>& entries, const std::vector<Phones>& predicted) {
    require(
        !entries.empty() && entries.size() == predicted.size(), "score",
        [&] {
            return fmt::format("{} predictions for {} words; expected one for each of at least one word",
                               predicted.size(), entries.size());
        },
        Site::current());
    Score total;
    for (std::size_t i = 0; i < entries.size(); ++i) total.add(entries[i], predicted[i]);
    return total;
}

}  // namespace heed::pronounce
