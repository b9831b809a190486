// The same in double.
#include <heed/tests/test_load_pytorch.cpp>
