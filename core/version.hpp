#pragma once
// heed's version. CMake reads it from here.
#define HEED_VERSION "0.2.0"
