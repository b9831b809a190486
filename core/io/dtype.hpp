#pragma once
// The element types of array files, all little-endian, and their conversion to the types that heed computes with.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <heed/core/io/file.hpp>

namespace heed::io {

// A dtype that heed cannot read or convert, in a file that may otherwise be fine.
struct DtypeError : FileError {
    using FileError::FileError;
};

enum class Dtype { BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64 };

std::size_t size_of(Dtype dtype);       // bytes of one element
std::string_view name_of(Dtype dtype);  // as safetensors spells it: "F32"
std::optional<Dtype> dtype_named(std::string_view name);
std::string supported_dtypes();  // "BOOL, U8, ..."

// Throws DtypeError "PATH: WHERE: dtype 'NAME' is not supported; convert it to one of SUPPORTED".
[[noreturn]] void refuse_dtype(std::string_view path, std::string_view where, std::string_view name,
                               std::string_view supported);

// Whether convert<T>(dtype, ...) exists: float and double take every dtype, int64 takes BOOL and the integers.
template <class T>
bool converts_to(Dtype dtype);

// Converts from.size() / size_of(dtype) elements (any alignment) to T = float, double or int64. To float and double:
// rounded to nearest, beyond float's range to infinity, BOOL to 0 or 1. Returns the index of the first element that T
// cannot hold (a U64 above the int64s), where it stops, or the number of elements. `dtype` must convert to T.
template <class T>
std::size_t convert(Dtype dtype, Bytes from, T* to);

// Makes every byte of BOOL data 0 or 1: another value in a C++ bool is undefined behaviour.
void normalise_bools(std::span<std::byte> data);

}  // namespace heed::io
