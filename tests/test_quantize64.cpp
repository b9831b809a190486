// The same in double.
#include <heed/tests/test_quantize.cpp>
