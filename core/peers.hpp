#pragma once
// Processes that exchange bytes in pairs. This class is one process alone.
#include <cstddef>
#include <span>
#include <heed/core/base/error.hpp>

namespace heed {

// Thrown by an exchange that another process does not take part in, since it has an error of its own.
struct ExchangeStopped : Error {
    using Error::Error;
};

class Peers {
public:
    Peers() = default;
    virtual ~Peers() = default;
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;

    virtual int rank() const { return 0; }  // of this process
    virtual int size() const { return 1; }  // processes

    // Each process has a partner, which names it, too: it gets `send`, and this one gets what it sent, which has the
    // size of `receive`. All processes call it at once, and wait for each other. Throws ExchangeStopped.
    virtual void exchange(int /*partner*/, std::span<const std::byte> /*send*/, std::span<std::byte> /*receive*/) {}
    // This process has an error, and takes part in no exchange any more: those who wait for it there get an error, too.
    virtual void stop_exchanges() {}
};

inline Peers& no_peers() {
    static Peers alone;
    return alone;
}

}  // namespace heed
