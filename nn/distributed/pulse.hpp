#pragma once
// Whether the processes of an MPI job can be heard, and how long to wait for one that cannot.
// Private to heed; not installed.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include <heed/nn/training/run/group.hpp>
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

namespace heed::distributed {

// Four times a second each process sends a byte to all others: by a thread of its own while it computes, which also
// moves what is under way, else by the one that waits. So a process that works for long is waited for, and one that was
// killed or stopped, or whose link is cut, is silent; MPI itself waits for such a one for good.
class Pulse {
public:
    explicit Pulse(double patience);  // seconds; between all processes of MPI_COMM_WORLD, which call this together
    ~Pulse();
    Pulse(const Pulse&) = delete;
    Pulse& operator=(const Pulse&) = delete;

    void set_patience(double seconds);

    // Starts a communication by start(&request), which returns MPI's code; it goes on while this process computes, and
    // `start` is kept until it is done. Throws GroupError, naming `what` and the ranks, here or where it is waited for,
    // where one has been silent for longer than the patience, or has ended; and for an error of MPI's. Then MPI is
    // never called again: what it was to receive into may be freed memory.
    std::unique_ptr<training::Group::Transfer> begin(const char* what, std::function<int(MPI_Request*)> start);

    // The same, with a communicator of its own, and waits for it. Throws ExchangeStopped where another process has
    // called stop_exchanges(); `start` is then kept for good, since MPI may still use what it holds.
    void exchange(const char* what, std::function<int(MPI_Comm, MPI_Request*)> start);
    void stop_exchanges();

    // Waits until all processes have come to their end, and have heard this of each other; whether they have. One that
    // fails waits for two seconds at most. Throws GroupError as wait() does.
    bool end(bool fails);

private:
    using Clock = std::chrono::steady_clock;
    enum State : char { working, stopped, failed, ended, left };  // left: no byte comes after this one
    struct Peer {
        int rank;
        State state = working;
        Clock::time_point heard = Clock::now(), ended_at = {};
        char in = working, out = working;  // the last bytes
        bool sends = false;                // the byte has not left yet
        MPI_Request receive = MPI_REQUEST_NULL, send = MPI_REQUEST_NULL;
    };

    class Started;
    void check(const char* what, int code);
    bool is_due() const;
    void beat(const char* what);
    void hear(const char* what, Peer& peer);
    void receive(const char* what, Peer& peer);
    void tell(const char* what, Peer& peer, bool due);
    void require_heard(const char* what);
    [[noreturn]] void lose(const char* what, const std::string& why);
    bool come_to(State state, State others, Clock::time_point until);
    void count_under_way(int change);
    void work();
    void stop();

    MPI_Comm comm_ = MPI_COMM_NULL, exchanges_ = MPI_COMM_NULL;  // of the bytes alone, of exchange()
    std::vector<Peer> peers_;
    State state_ = working;
    Clock::time_point beaten_ = Clock::now();
    Clock::duration patience_ = {};
    std::string lost_;                                    // the error after which MPI is not called
    std::vector<std::function<int(MPI_Request*)>> kept_;  // of exchanges that were stopped
    std::mutex mpi_;                                      // whoever has it calls MPI, and changes what is above
    std::mutex mutex_;
    std::condition_variable wakes_;
    bool stopped_ = false;
    int under_way_ = 0;  // communications
    std::thread thread_;
};

}  // namespace heed::distributed
