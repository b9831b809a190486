// Adam's update, shared out to threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/fused/adam.hpp>
#include <heed/ops/kernel/fused/fused_table.hpp>

namespace heed::kernel {

void adam(const AdamStep& step, const Real* g, Real* p, Real* m, Real* v, Real* largest, Dim n) {
    const AdamFamily& isa = table<AdamFamily>();
    parallel_blocks(n, 16384, [&](Dim begin, Dim end) {
        isa.update(step, g + begin, p + begin, m + begin, v + begin, largest ? largest + begin : nullptr, end - begin);
    });
}

namespace {

constexpr Dim worth_a_call = 512;  // zeros: fewer are read with what is beside them

void update(const AdamFamily& isa, const AdamStep& step, const AdamTable& t, const Real* g, Dim begin, Dim end) {
    const Dim moments = begin - t.moments_begin;
    if (begin < end)
        isa.update(step, g, t.p + begin, t.m + moments, t.v + moments, t.largest ? t.largest + moments : nullptr,
                   end - begin);
}

}  // namespace

void adam_of_table(const AdamStep& step, const AdamTable& t, Dim begin, Dim end) {
    const AdamFamily& isa = table<AdamFamily>();
    parallel_blocks(end - begin, 16384, [&](Dim from, Dim to) {
        Dim done = begin + from, seen = done;  // elements before `seen` are done, or read next
        const auto skip_to = [&](Dim next) {
            if (next - seen < worth_a_call) return;
            update(isa, step, t, t.g + done, done, seen);
            update(isa, step, t, nullptr, seen, next);
            done = seen = next;
        };
        t.touched.elements(t.width, begin + from, begin + to, [&](Dim first, Dim last) {
            skip_to(first);
            seen = last;
        });
        skip_to(begin + to);
        update(isa, step, t, t.g + done, done, begin + to);
    });
}

void adam_of_rows(FunctionRef<AdamStep(Dim row)> step_of, const AdamTable& t, Dim begin, Dim end) {
    const AdamFamily& isa = table<AdamFamily>();
    parallel_blocks(end - begin, 65536, [&](Dim from, Dim to) {
        t.touched.elements(t.width, begin + from, begin + to, [&](Dim first, Dim last) {
            for (Dim row = first / t.width; first < last; ++row) {
                const Dim next = std::min(last, (row + 1) * t.width);
                update(isa, step_of(row), t, t.g + first, first, next);
                first = next;
            }
        });
    });
}

}  // namespace heed::kernel
