// The table of element types, and conversions from them.
#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>
#include <fmt/format.h>
#include <heed/core/base/bfloat16.hpp>
#include <heed/core/io/dtype.hpp>

namespace heed::io {
namespace {

static_assert(std::endian::native == std::endian::little,
              "heed's file formats are copied to memory as they are: little-endian");
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

struct Bool {
    std::uint8_t byte;
    template <class T>
    explicit operator T() const {
        return static_cast<T>(byte != 0);
    }
};

struct Half {  // IEEE binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits
    std::uint16_t bits;
    explicit operator float() const {
        const std::uint32_t sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 0x1Fu, fraction = bits & 0x3FFu;
        if (exponent == 0) {  // zero and subnormals: a multiple of 2^-24, exact in float
            const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
            return sign != 0 ? -magnitude : magnitude;
        }
        const std::uint32_t wide = exponent == 31 ? 255 : exponent + (127 - 15);
        return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
    }
    explicit operator double() const { return static_cast<float>(*this); }
};

// One row a dtype; the order is that of the enum.
constexpr std::array<std::pair<std::string_view, std::size_t>, 13> table = {{
    {"BOOL", 1},
    {"U8", 1},
    {"I8", 1},
    {"U16", 2},
    {"I16", 2},
    {"F16", 2},
    {"BF16", 2},
    {"U32", 4},
    {"I32", 4},
    {"F32", 4},
    {"U64", 8},
    {"I64", 8},
    {"F64", 8},
}};
static_assert(table[static_cast<std::size_t>(Dtype::F64)].first == "F64");

template <class Use>
auto with_type(Dtype dtype, Use use) {
    switch (dtype) {
    case Dtype::BOOL: return use(std::type_identity<Bool>());
    case Dtype::U8: return use(std::type_identity<std::uint8_t>());
    case Dtype::I8: return use(std::type_identity<std::int8_t>());
    case Dtype::U16: return use(std::type_identity<std::uint16_t>());
    case Dtype::I16: return use(std::type_identity<std::int16_t>());
    case Dtype::F16: return use(std::type_identity<Half>());
    case Dtype::BF16: return use(std::type_identity<Bfloat16>());
    case Dtype::U32: return use(std::type_identity<std::uint32_t>());
    case Dtype::I32: return use(std::type_identity<std::int32_t>());
    case Dtype::F32: return use(std::type_identity<float>());
    case Dtype::U64: return use(std::type_identity<std::uint64_t>());
    case Dtype::I64: return use(std::type_identity<std::int64_t>());
    case Dtype::F64: return use(std::type_identity<double>());
    }
    throw RangeError(fmt::format("Dtype: {} is no dtype", static_cast<int>(dtype)));
}

template <class From, class To>
constexpr bool convertible = std::is_floating_point_v<To> || std::is_integral_v<From> || std::is_same_v<From, Bool>;

}  // namespace

std::size_t size_of(Dtype dtype) { return table[static_cast<std::size_t>(dtype)].second; }
std::string_view name_of(Dtype dtype) { return table[static_cast<std::size_t>(dtype)].first; }

std::optional<Dtype> dtype_named(std::string_view name) {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].first == name) return static_cast<Dtype>(i);
    }
    return std::nullopt;
}

std::string supported_dtypes() {
    std::string text;
    for (const auto& [name, size] : table) text += text.empty() ? std::string(name) : fmt::format(", {}", name);
    return text;
}

void refuse_dtype(std::string_view path, std::string_view where, std::string_view name, std::string_view supported) {
    throw DtypeError(fmt::format("{}: {}: dtype {} is not supported; convert it to one of {}", path, where,
                                 in_quotes(name), supported));
}

template <class T>
bool converts_to(Dtype dtype) {
    return with_type(dtype, []<class From>(std::type_identity<From>) { return convertible<From, T>; });
}

template <class T>
std::size_t convert(Dtype dtype, Bytes from, T* to) {
    return with_type(dtype, [&]<class From>(std::type_identity<From>) -> std::size_t {
        if constexpr (!convertible<From, T>) {
            throw DtypeError(fmt::format("{} cannot be converted to an integer", name_of(dtype)));
        } else {
            const std::size_t n = from.size() / sizeof(From);
            for (std::size_t i = 0; i < n; ++i) {
                From value;
                std::memcpy(&value, from.data() + i * sizeof(From), sizeof(From));
                if constexpr (std::is_same_v<From, std::uint64_t> && std::is_integral_v<T>) {
                    if (!std::in_range<T>(value)) return i;
                }
                to[i] = static_cast<T>(value);
            }
            return n;
        }
    });
}

void normalise_bools(std::span<std::byte> data) {
    for (std::byte& b : data) b = std::byte{b != std::byte{0}};
}

template bool converts_to<float>(Dtype);
template bool converts_to<double>(Dtype);
template bool converts_to<std::int64_t>(Dtype);
template std::size_t convert<float>(Dtype, Bytes, float*);
template std::size_t convert<double>(Dtype, Bytes, double*);
template std::size_t convert<std::int64_t>(Dtype, Bytes, std::int64_t*);

}  // namespace heed::io
