// The same in double.
#include <heed/tests/test_long_sums.cpp>
