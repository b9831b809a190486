#pragma once
// The threads behind parallel_for(): private to it.
// Private to heed; not installed.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>
#include <heed/core/base/parallel.hpp>

namespace heed {

inline constexpr int spins = 2000;  // about 20 to 50 microseconds: shorter gaps between two jobs cost no system call

inline thread_local bool inside_chunk = false;

inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// A chunk's exception must not hide another's by chance, so the one of the lowest chunk is kept.
struct Failure {
    std::mutex mutex;
    std::exception_ptr what;
    Dim chunk = 0;

    void keep(Dim of) {
        const std::lock_guard lock(mutex);
        if (what == nullptr || of < chunk) {
            what = std::current_exception();
            chunk = of;
        }
    }
};

struct Job {
    FunctionRef<void(Dim)> call;
    Dim chunks;
    Failure failure;

    void run(Dim chunk) {
        try {
            call(chunk);
        } catch (...) {
            failure.keep(chunk);
        }
    }
};

// A worker that loses its core to another program in the middle of a chunk keeps all who wait for that chunk waiting,
// for milliseconds. So it offers its core between two chunks, before its time slice ends: the others then do the next
// chunks alone.
class Offer {
public:
    void between_chunks() {
        if (Clock::now() - since_ < std::chrono::milliseconds(1)) return;
        std::this_thread::yield();
        since_ = Clock::now();
    }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point since_ = Clock::now();
};

class Pool {
public:
    explicit Pool(int wanted) : wanted_(wanted) {}
    ~Pool() { stop(); }

    int size() const { return wanted_.load(std::memory_order_relaxed); }

    void resize(int n) {
        const std::lock_guard owner(owner_);
        if (n == size()) return;
        stop();
        wanted_.store(n, std::memory_order_relaxed);
    }

    // False, and nothing done, if another thread is using the pool.
    bool run(Dim chunks, FunctionRef<void(Dim)> chunk) {
        const std::unique_lock owner(owner_, std::try_to_lock);
        if (!owner || size() == 1) return false;
        if (workers_.empty()) start();
        Job job{chunk, chunks, {}};
        publish(job);
        inside_chunk = true;
        while (const Claim claim = this->claim()) {
            job.run(claim.chunk);
            finish(claim.job->chunks);
        }
        inside_chunk = false;
        wait_for_the_begun(chunks);
        if (job.failure.what != nullptr) std::rethrow_exception(job.failure.what);
        return true;
    }

private:
    // The ticket holds a generation (high half) and the number of chunks nobody has claimed yet (low half). A claim
    // that succeeds belongs to the job of that generation, which cannot end before the claimed chunk has: job_ is
    // stable then.
    struct Claim {
        Job* job;
        Dim chunk;
        explicit operator bool() const { return job != nullptr; }
    };

    static std::uint64_t left(std::uint64_t ticket) { return ticket & 0xffffffffu; }

    Claim claim() {
        std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
        while (left(ticket) != 0) {
            if (ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel,
                                              std::memory_order_acquire)) {
                Job* job = job_.load(std::memory_order_relaxed);
                return {job, job->chunks - static_cast<Dim>(left(ticket))};
            }
        }
        return {nullptr, 0};
    }

    void publish(Job& job) {
        done_.store(0, std::memory_order_relaxed);
        job_.store(&job, std::memory_order_relaxed);
        const std::uint64_t generation = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
        ticket_.store(generation << 32 | static_cast<std::uint64_t>(job.chunks), std::memory_order_seq_cst);
        if (sleeping_.load(std::memory_order_seq_cst) == 0) return;
        { const std::lock_guard lock(mutex_); }  // a worker between its last check and its wait is now waiting
        work_.notify_all();
    }

    void finish(Dim chunks) {
        if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 != chunks) return;
        { const std::lock_guard lock(mutex_); }
        ended_.notify_all();
    }

    void wait_for_the_begun(Dim chunks) {
        const auto ended = [&] { return done_.load(std::memory_order_acquire) == chunks; };
        for (int i = 0; i < spins; ++i) {
            if (ended()) return;
            relax();
        }
        std::unique_lock lock(mutex_);
        ended_.wait(lock, ended);
    }

    void work() {
        inside_chunk = true;
        Offer core;
        while (!stopping_.load(std::memory_order_acquire)) {
            while (const Claim claim = this->claim()) {
                const Dim chunks = claim.job->chunks;
                claim.job->run(claim.chunk);
                finish(chunks);
                core.between_chunks();
            }
            wait_for_work();
        }
    }

    bool called() const {
        return left(ticket_.load(std::memory_order_seq_cst)) != 0 || stopping_.load(std::memory_order_acquire);
    }

    void wait_for_work() {
        for (int i = 0; i < spins; ++i) {
            if (called()) return;
            relax();
        }
        std::unique_lock lock(mutex_);
        sleeping_.fetch_add(1, std::memory_order_seq_cst);
        work_.wait(lock, [&] { return called(); });
        sleeping_.fetch_sub(1, std::memory_order_relaxed);
    }

    void start() {
        for (int i = 1; i < size(); ++i) workers_.emplace_back([this] { work(); });
    }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_.store(true, std::memory_order_release);
        }
        work_.notify_all();
        for (std::thread& worker : workers_) worker.join();
        workers_.clear();
        stopping_.store(false, std::memory_order_relaxed);
    }

    std::mutex owner_;  // held by the thread whose job the pool runs
    std::atomic<int> wanted_;
    std::vector<std::thread> workers_;
    std::atomic<Job*> job_{nullptr};
    alignas(64) std::atomic<std::uint64_t> ticket_{0};
    alignas(64) std::atomic<Dim> done_{0};
    alignas(64) std::mutex mutex_;  // for the two conditions only
    std::condition_variable work_, ended_;
    std::atomic<int> sleeping_{0};
    std::atomic<bool> stopping_{false};
};

}  // namespace heed
