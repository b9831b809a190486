#pragma once
// Is a file compiled for a sanitizer? g++ defines macros, clang answers __has_feature.
#if defined(__has_feature)
#define HEED_HAS_FEATURE(feature) __has_feature(feature)
#else
#define HEED_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HEED_HAS_FEATURE(address_sanitizer)
#define HEED_ADDRESS_SANITIZER
#endif
#if defined(HEED_ADDRESS_SANITIZER) || defined(__SANITIZE_THREAD__) || HEED_HAS_FEATURE(thread_sanitizer)
#define HEED_SANITIZED
#endif
