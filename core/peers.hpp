#pragma once
// Processes that exchange bytes in pairs. This class is one process alone.
#include <cstddef>
#include <span>

namespace heed {

class Peers {
public:
    Peers() = default;
    virtual ~Peers() = default;
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;

    virtual int rank() const { return 0; }  // of this process
    virtual int size() const { return 1; }  // processes

    // Each process has a partner, which names it, too: it gets `send`, and this one gets what it sent, which has the
    // size of `receive`. All processes call it at once, and wait for each other.
    virtual void exchange(int /*partner*/, std::span<const std::byte> /*send*/, std::span<std::byte> /*receive*/) {}
};

inline Peers& no_peers() {
    static Peers alone;
    return alone;
}

}  // namespace heed
