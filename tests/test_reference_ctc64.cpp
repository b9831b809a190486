// The same in double.
#include <heed/tests/test_reference_ctc.cpp>
