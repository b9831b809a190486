#pragma once
// Scratch memory of a kernel.
// Private to heed; not installed.
#include <cstddef>
#include <cstdlib>
#include <heed/core/base/memory.hpp>
#include <heed/core/real.hpp>

namespace heed::kernel {

// Scratch memory of one thread: it grows and is kept, so that a training step allocates nothing in its steady state.
class HEED_ABI Workspace {
public:
    Workspace() = default;
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;
    ~Workspace() { release(); }

    // n elements, aligned to 64 bytes, with any content; what an earlier call gave is lost.
    Real* get(Dim n) {
        if (n > size_) {
            release();
            data_ = static_cast<Real*>(detail::system_memory(static_cast<std::size_t>(n) * sizeof(Real)));
            size_ = n;
        }
        return data_;
    }

private:
    void release() {
        std::free(data_);
        data_ = nullptr;
        size_ = 0;
    }
    Real* data_ = nullptr;
    Dim size_ = 0;
};

}  // namespace heed::kernel
