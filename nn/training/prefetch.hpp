#pragma once
// Batches made ahead by a thread of their own. A batch depends on its index alone: timing decides when it is made,
// never what it holds.
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>
#include <heed/core/real.hpp>

namespace heed::training {

template <class Batch>
class Prefetch {
public:
    // `make` gives batch number n; it is called by one thread at a time, which is not the caller's.
    explicit Prefetch(std::function<Batch(Dim)> make, std::size_t ahead = 2)
        : make_(std::move(make)), ahead_(ahead < 1 ? 1 : ahead), thread_([this] { work(); }) {}
    ~Prefetch() {
        {
            const std::lock_guard lock(mutex_);
            end_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Prefetch(const Prefetch&) = delete;
    Prefetch& operator=(const Prefetch&) = delete;

    // Batch number n; the ones after it are made meanwhile. Throws what `make` threw for it.
    Batch at(Dim n) {
        std::unique_lock lock(mutex_);
        if (first_ != n) {  // not the one after the last: begin anew there
            ready_.clear();
            next_ = n;
        }
        first_ = n;
        started_ = true;
        changed_.notify_all();
        changed_.wait(lock, [&] { return ready_.contains(n); });
        Made made = std::move(ready_.extract(n).mapped());
        first_ = n + 1;
        changed_.notify_all();
        if (const auto* error = std::get_if<std::exception_ptr>(&made)) std::rethrow_exception(*error);
        return std::get<Batch>(std::move(made));
    }

private:
    using Made = std::variant<std::exception_ptr, Batch>;

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return end_ || (started_ && ready_.size() < ahead_); });
            if (end_) return;
            const Dim n = next_;
            lock.unlock();
            Made made;
            try {
                made = make_(n);
            } catch (...) {
                made = std::current_exception();
            }
            lock.lock();
            if (n != next_) continue;  // another batch was requested meanwhile
            ready_.insert_or_assign(n, std::move(made));
            ++next_;
            changed_.notify_all();
        }
    }

    std::function<Batch(Dim)> make_;
    std::size_t ahead_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<Dim, Made> ready_;
    Dim first_ = 0, next_ = 0;  // the next to be requested, the next to be made
    bool started_ = false, end_ = false;
    std::thread thread_;
};

}  // namespace heed::training
