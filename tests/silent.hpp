#pragma once
// Where a test's run shows its progress: nowhere.
#include <heed/nn/training/run/progress.hpp>

namespace heed::test {

inline training::ProgressHost silent() {
    return {[] { return 0.0; }, [](std::string_view) {}, [] { return training::Terminal{}; }};
}

}  // namespace heed::test
