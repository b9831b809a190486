#pragma once
// What writer and reader of prepared data agree on.
// Private to heed; not installed.
#include <string_view>
#include <heed/core/io/dtype.hpp>

namespace heed::data {

inline constexpr std::string_view version_key = "heed.prepared", below_key = "below";
inline constexpr std::int64_t format_version = 1;

// The type of ids below a bound.
inline io::Dtype dtype_below(std::int64_t below) {
    return below <= 1 << 8 ? io::Dtype::U8 : below <= 1 << 16 ? io::Dtype::U16 : io::Dtype::U32;
}

}  // namespace heed::data
