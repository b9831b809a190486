#pragma once
// Counter-based random numbers: the n-th number of a stream is a function of (seed, step, stream, n) and of nothing
// else, so threads, tilings, recomputation and resumed runs all see the same numbers.
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace heed {

// What the random numbers of one training step depend on.
struct Key {
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
};

// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
constexpr std::uint64_t mix_bits(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

// The hash of a text that comes in pieces: FNV-1a, then mixed.
class TextHash {
public:
    constexpr void add(std::string_view piece) {
        for (const char c : piece) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
    constexpr std::uint64_t value() const { return mix_bits(hash_); }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325u;
};

constexpr std::uint64_t hash_text(std::string_view text) {
    TextHash hash;
    hash.add(text);
    return hash.value();
}

class RandomStream {
public:
    constexpr RandomStream() = default;
    constexpr RandomStream(Key key, std::uint64_t stream)
        : base_(mix_bits(mix_bits(mix_bits(key.seed + golden) + key.step + golden) ^ stream)) {}

    constexpr std::uint64_t bits(std::uint64_t n) const { return mix_bits(base_ + (n + 1) * golden); }
    constexpr double uniform(std::uint64_t n) const {
        return static_cast<double>(bits(n) >> 11) * 0x1p-53;
    }                                       // in [0, 1)
    double normal(std::uint64_t n) const {  // N(0, 1), by Box and Muller's transform of two uniform random numbers
        const double radius = std::sqrt(-2 * std::log(1 - uniform(2 * n)));
        return radius * std::cos(2 * std::numbers::pi * uniform(2 * n + 1));
    }
    constexpr std::uint64_t base() const { return base_; }

    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

private:
    std::uint64_t base_ = 0;
};

}  // namespace heed
