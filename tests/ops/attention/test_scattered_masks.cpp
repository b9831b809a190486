// Masks that differ by pair, in float: the same bits as a bias of -inf, whatever a tile proves, and from any form of
// booleans.
#include <heed/tests/attention.hpp>

using namespace heed;

namespace {

constexpr Dim queries = 150, keys = 600;  // tiles of 64 queries and 256 keys, the last ones smaller
using Allows = bool (*)(Dim h, Dim i, Dim j);

bool at_random(Dim h, Dim i, Dim j) { return (h * 7919 + i * 104729 + j * 1299709) % 1009 < 500; }
bool in_blocks(Dim, Dim i, Dim j) { return (i / 64 + j / 64) % 2 == 0; }                   // tiles of two parts
bool few_blocks(Dim h, Dim i, Dim j) { return i / 64 == 1 ? j / 256 == 1 : j / 64 == h; }  // some tiles are empty
bool one_key(Dim, Dim i, Dim j) { return j == 4 * i; }
bool nothing_for_some(Dim, Dim i, Dim j) { return i % 3 == 0 && j % 2 == 0; }
bool beside_a_hole(Dim, Dim, Dim j) { return j < 70 || j >= 200; }

Outcome attended(const Mask& mask, double dropout = 0) {
    const Var q = Var::leaf(noise({1, 2, queries, 24}, 1)), k = Var::leaf(noise({1, 2, keys, 24}, 2)),
              v = Var::leaf(noise({1, 2, keys, 40}, 3));
    return outcome({q, k, v}, [&] {
        return attention(q, k, v, {.mask = mask, .dropout = dropout, .policy = Policy::require_fused});
    });
}

void check_same(const Outcome& a, const Outcome& b) {
    CHECK(a.out == b.out);
    for (std::size_t n = 0; n < a.gradients.size(); ++n) CHECK(a.gradients[n] == b.gradients[n]);
}

}  // namespace

TEST_CASE("attention: masks by pairs give the bits of a bias of -inf", "[attention][mask]") {
    for (const Allows allows : {at_random, in_blocks, few_blocks, one_key, nothing_for_some, beside_a_hole}) {
        Array kept = Array::from_shape({2, queries, keys}), added = kept;
        xt::xarray<bool> booleans = xt::xarray<bool>::from_shape({2, queries, keys});
        ArrayOf<std::uint8_t> dropped = ArrayOf<std::uint8_t>::from_shape({2, queries, keys});
        std::size_t n = 0;
        for (Dim h = 0; h < 2; ++h)
            for (Dim i = 0; i < queries; ++i)
                for (Dim j = 0; j < keys; ++j, ++n) {
                    const bool is = allows(h, i, j);
                    kept.storage()[n] = static_cast<Real>(is);
                    added.storage()[n] = is ? Real(0) : -std::numeric_limits<Real>::infinity();
                    booleans.storage()[n] = is;
                    dropped.storage()[n] = is ? 0 : 200;
                }
        const Outcome expected = attended(Mask(bias(added)));
        check_same(attended(keep(kept)), expected);
        check_same(attended(keep(booleans)), expected);
        check_same(attended(drop(dropped)), expected);
        check_same(attended(predicate([allows](Dim, Dim h, Dim i, Dim j) { return allows(h, i, j); })), expected);
        check_same(attended(keep(kept), 0.3), attended(Mask(bias(added)), 0.3));
        check_same(attended(keep(kept) & window_from_end(90, 20)), attended(window_from_end(90, 20) + bias(added)));
    }
}

TEST_CASE("attention: keys of documents that are mixed, by their definition", "[attention][mask]") {
    Ints of_queries = Ints::from_shape({queries}), of_keys = Ints::from_shape({keys});
    for (Dim i = 0; i < queries; ++i) of_queries(i) = i % 5;
    for (Dim j = 0; j < keys; ++j) of_keys(j) = 3 - j / 7 % 4;  // nobody writes in document 4
    check_same(attended(documents(of_queries, of_keys)),
               attended(predicate([&](Dim, Dim, Dim i, Dim j) { return of_queries(i) == of_keys(j); })));
}
