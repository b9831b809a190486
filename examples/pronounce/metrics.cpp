// Word and phone error rates by edit distance.
#include <algorithm>
#include <limits>
#include <utility>
#include <heed/core/base/edit_distance.hpp>
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

}  // namespace heed::pronounce
