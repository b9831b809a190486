#pragma once
// Short ways to write arrays, their elements, random numbers and error texts in tests. Functions are static, because
// both twins include it.
#include <string>
#include <vector>
#include <heed/core/base/error.hpp>
#include <heed/core/base/memory.hpp>
#include <heed/core/base/random.hpp>
#include <heed/core/var.hpp>

namespace heed {

using Texts = std::vector<std::string>;

// The numbers of a stream, one after the other.
class Draws {
public:
    Draws(Key key, std::uint64_t stream) : random_(key, stream) {}
    std::int64_t below(std::uint64_t n) { return static_cast<std::int64_t>(random_.bits(drawn_++) % n); }
    double uniform() { return random_.uniform(drawn_++); }
    double normal() { return random_.normal(drawn_++); }

private:
    RandomStream random_;
    std::uint64_t drawn_ = 0;
};

static inline Array array_of(const Shape& shape, std::vector<double> values) {
    Array x = Array::from_shape(shape);
    for (std::size_t i = 0; i < values.size(); ++i) x.data()[i] = static_cast<Real>(values[i]);
    return x;
}

static inline std::vector<double> elements(const Array& x) { return {x.storage().cbegin(), x.storage().cend()}; }

// Drawn from N(0, 1).
static inline Array normals(const Shape& shape, const RandomStream& random) {
    Array x = Array::from_shape(shape);
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = static_cast<Real>(random.normal(static_cast<std::uint64_t>(i)));
    return x;
}

// All of them, one after the other: a parameter store's list(), say.
template <class Vars>
static inline std::vector<double> elements_of(const Vars& values) {
    std::vector<double> all;
    for (const Var& value : values) {
        const std::vector<double> one = elements(value.value());
        all.insert(all.end(), one.begin(), one.end());
    }
    return all;
}

// The text of the heed error that the call throws; empty if it does not throw.
template <class F>
static inline std::string text_of(F&& call) {
    try {
        call();
    } catch (const Error& e) {
        return e.what();
    }
    return {};
}

// Under sanitizers every block is a plain allocation, and there is nothing to report.
static inline bool memory_is_pooled() {
    const Array x = filled({64}, 0);
    return memory_report().live > 0;
}

}  // namespace heed
