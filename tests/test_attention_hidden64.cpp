// The same in double.
#include <heed/tests/test_attention_hidden.cpp>
