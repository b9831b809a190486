#pragma once
// The innermost live object of a class on each thread: the base of Tape, Scope, Trace, Profiling, Sampling, Lenses,
// HigherOrder and Bfloat16Products.

namespace heed {

// Base of T: while a T is alive, it is the innermost of its thread; at its end the one around it is again. It is not
// copied, and ends on the thread, and in the reverse order, in which it began, as local variables do.
template <class T>
class ThreadScope {
public:
    static T* innermost() noexcept { return innermost_; }  // of this thread, or null
    T* outer() const noexcept { return outer_; }           // the one around this one, or null
    ThreadScope(const ThreadScope&) = delete;
    ThreadScope& operator=(const ThreadScope&) = delete;

protected:
    ThreadScope() noexcept : outer_(innermost_) { innermost_ = static_cast<T*>(this); }
    ~ThreadScope() { innermost_ = outer_; }

private:
    static inline constinit thread_local T* innermost_ = nullptr;
    T* outer_;
};

}  // namespace heed
