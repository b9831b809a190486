// Compiled twice, for a narrow and a wide instruction set, with xsimd switched on in xtensor: two files of a user's
// program. Test: test_array.cpp. No inline function is called here, since the linker might keep its wide copy for every
// processor.
#include <typeinfo>
#include <heed/core/array.hpp>

namespace heed::HEED_FLAGS {

const void* address_of(const Array& x) { return &x; }  // links only if the type has the same name there
const std::type_info& array_type() { return typeid(Array); }
const std::type_info& xarray_type() { return typeid(xt::xarray<Real>); }

}  // namespace heed::HEED_FLAGS
