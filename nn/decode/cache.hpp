#pragma once
// Key-value caches for decoding step by step: attention keeps the keys and values of earlier positions, so that a step
// computes those of the new positions alone.
#include <vector>
#include <heed/core/tape.hpp>

namespace heed::nn {

// Keys and values of the positions so far, (b, t, width) each, with room to grow. A copy shares the memory until one of
// both is written to, so trying a continuation costs nothing. The values have no gradients: every member that writes to
// them throws TapeError while a tape records.
class HEED_ABI KeyValueCache {
public:
    // Appends one or more positions: keys (b, t, d) and values (b, t, v), in every call with the same b, d and v. Room
    // is doubled when it runs out. Throws ShapeError.
    void append(In keys, In values);
    // Example i becomes what example rows(i) was. rows (n) are indices of examples, which may repeat or be left out, as
    // beam search takes them. Throws RangeError.
    void reorder(const Ints& rows, Site at = Site::current());
    // Drops all but the last n positions; those keep their positions in the sequence, and start() moves. Copies n rows:
    // call it now and then; between the calls a window mask hides the older positions. Throws RangeError below 0.
    void keep_last(Dim n, Site at = Site::current());
    // Drops the positions from `next` on, as if they had not been appended: after a wrong guess or a step that failed.
    // Throws RangeError for a position that is not kept.
    void rewind(Dim next, Site at = Site::current());

    Dim size() const { return size_; }           // positions that are kept
    Dim start() const { return start_; }         // the position of the first of them, 0 until keep_last() drops some
    Dim next() const { return start_ + size_; }  // the position that append() writes to
    // (b, capacity, width), of which the first size() rows exist: what attention() takes with .keys = size(). No arrays
    // before append().
    const Array& keys() const { return keys_; }
    const Array& values() const { return values_; }

private:
    Array keys_, values_;
    Dim size_ = 0, start_ = 0;
};

// One cache for each layer of a stack, empty at first: `StackCache cache; stack(prompt, cache); stack(next, cache);
// ...`
struct HEED_ABI StackCache {
    std::vector<KeyValueCache> layers;
    void reorder(const Ints& rows, Site at = Site::current());
    void keep_last(Dim n, Site at = Site::current());
    void rewind(Dim next, Site at = Site::current());
    Dim size() const { return layers.empty() ? 0 : layers.front().size(); }
    Dim next() const { return layers.empty() ? 0 : layers.front().next(); }
    // For a stack of `count` layers. Throws RangeError, as `stack`, if it was used by one with another number of
    // layers.
    std::vector<KeyValueCache>& of(const char* stack, std::size_t count, Site at);
};

// step(), which appends to the cache. If it throws, the cache is as it was.
template <class Cache, class Step>
auto whole_or_not(Cache& cache, const Step& step) {
    const Dim before = cache.next();
    try {
        return step();
    } catch (...) {
        cache.rewind(before);
        throw;
    }
}

}  // namespace heed::nn
