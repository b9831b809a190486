// The input of a fuzz target as a file in memory.
#include <cstdio>
#include <cstdlib>
#include <unistd.h>
#include <sys/mman.h>
#include <heed/tests/fuzz/target.hpp>

namespace heed::fuzz {

std::string path_of(const std::uint8_t* data, std::size_t size) {
    static const int file = ::memfd_create("input", MFD_CLOEXEC);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<::ssize_t>(size)) {
        std::perror("fuzz: the input cannot be put into memory");
        std::abort();
    }
    return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace heed::fuzz
