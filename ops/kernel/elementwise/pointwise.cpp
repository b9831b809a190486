// Elementwise functions: broadcasting and threads.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>
#include <heed/ops/kernel/elementwise/pointwise_table.hpp>

namespace heed::kernel {
namespace {

constexpr Dim block = 16384;  // elements that are worth a thread; smaller arrays pay one indirect call

int at(Unary f) { return static_cast<int>(f); }
int at(Binary f) { return static_cast<int>(f); }
const Real* from(const Real* p, Dim i) { return p == nullptr ? p : p + i; }

// The axes that a broadcast really has: those of size 1 dropped, neighbours that both operands walk evenly merged.
struct Walk {
    Dim rank = 0;
    Dim size[Shape::max_rank], a[Shape::max_rank], b[Shape::max_rank];

    Walk(const Shape& out, const Dim* stride_a, const Dim* stride_b) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (out[i] == 1) continue;
            const Dim last = rank - 1;
            if (rank > 0 && a[last] == stride_a[i] * out[i] && b[last] == stride_b[i] * out[i]) {
                size[last] *= out[i];
                a[last] = stride_a[i];
                b[last] = stride_b[i];
            } else {
                size[rank] = out[i];
                a[rank] = stride_a[i];
                b[rank++] = stride_b[i];
            }
        }
        if (rank == 0) {
            size[0] = 1;
            a[0] = b[0] = 1;
            rank = 1;
        }
    }
};

// n elements of the innermost axis. Strides other than 0 and 1 go through a small copy.
void inner(const BinaryFamily& isa, int f, const Real* a, Dim stride_a, const Real* b, Dim stride_b, Real* y, Dim n) {
    if (stride_a == 1 && stride_b == 1) return isa.both[f](a, b, y, n);
    if (stride_a == 1 && stride_b == 0) return isa.repeat_b[f](a, b, y, n);
    if (stride_a == 0 && stride_b == 1) return isa.repeat_a[f](a, b, y, n);
    constexpr Dim most = 256;
    Real copy_a[most], copy_b[most];
    for (Dim begin = 0; begin < n; begin += most) {
        const Dim count = std::min(most, n - begin);
        for (Dim i = 0; i < count; ++i) {
            copy_a[i] = a[(begin + i) * stride_a];
            copy_b[i] = b[(begin + i) * stride_b];
        }
        isa.both[f](copy_a, copy_b, y + begin, count);
    }
}

// Rows begin..end (all axes but the innermost, in order).
void rows(const BinaryFamily& isa, int f, const Walk& walk, const Real* a, const Real* b, Real* y, Dim begin, Dim end) {
    const Dim last = walk.rank - 1, n = walk.size[last];
    Dim index[Shape::max_rank] = {}, at_a = 0, at_b = 0;
    Dim rest = begin;
    for (Dim axis = last - 1; axis >= 0; --axis) {
        index[axis] = rest % walk.size[axis];
        rest /= walk.size[axis];
        at_a += index[axis] * walk.a[axis];
        at_b += index[axis] * walk.b[axis];
    }
    for (Dim row = begin; row < end; ++row) {
        inner(isa, f, a + at_a, walk.a[last], b + at_b, walk.b[last], y + row * n, n);
        for (Dim axis = last - 1; axis >= 0; --axis) {
            at_a += walk.a[axis];
            at_b += walk.b[axis];
            if (++index[axis] < walk.size[axis]) break;
            index[axis] = 0;
            at_a -= walk.size[axis] * walk.a[axis];
            at_b -= walk.size[axis] * walk.b[axis];
        }
    }
}

}  // namespace

void map(Unary f, const Real* x, Real* y, Dim n, Real p, Real q) {
    const auto loop = table<UnaryFamily>().map[at(f)];
    if (n <= block) return loop(x, y, n, p, q);
    parallel_blocks(n, block, [=](Dim begin, Dim end) { loop(x + begin, y + begin, end - begin, p, q); });
}

void map_backward(Unary f, const Real* x, const Real* y, const Real* dy, Real* dx, Dim n, Real p, Real q) {
    const auto loop = table<UnaryFamily>().backward[at(f)];
    if (n <= block) return loop(x, y, dy, dx, n, p, q);
    parallel_blocks(n, block, [=](Dim begin, Dim end) {
        loop(from(x, begin), from(y, begin), dy + begin, dx + begin, end - begin, p, q);
    });
}

void binary(Binary f, const Real* a, const Real* b, Real* y, Dim n) {
    const auto loop = table<BinaryFamily>().both[at(f)];
    if (n <= block) return loop(a, b, y, n);
    parallel_blocks(n, block, [=](Dim begin, Dim end) { loop(a + begin, b + begin, y + begin, end - begin); });
}

void binary(Binary f, const Shape& out, const Real* a, const Dim* stride_a, const Real* b, const Dim* stride_b,
            Real* y) {
    if (out.count() == 0) return;
    const BinaryFamily& isa = table<BinaryFamily>();
    const Walk walk(out, stride_a, stride_b);
    const Dim last = walk.rank - 1, n = walk.size[last], total = out.count() / n;
    if (total == 1) {
        const Dim sa = walk.a[last], sb = walk.b[last];
        return parallel_blocks(n, block, [=, &isa](Dim begin, Dim end) {
            inner(isa, at(f), a + begin * sa, sa, b + begin * sb, sb, y + begin, end - begin);
        });
    }
    parallel_blocks(total, std::max(Dim{1}, block / n),
                    [&](Dim begin, Dim end) { rows(isa, at(f), walk, a, b, y, begin, end); });
}

void fill(Dim n, Real value, Real* y) {
    const auto loop = table<BinaryFamily>().fill;
    if (n <= block) return loop(n, value, y);
    parallel_blocks(n, block, [=](Dim begin, Dim end) { loop(end - begin, value, y + begin); });
}

void scale(Dim n, Real alpha, Real* y) {
    const auto loop = table<BinaryFamily>().scale;
    if (n <= block) return loop(n, alpha, y);
    parallel_blocks(n, block, [=](Dim begin, Dim end) { loop(end - begin, alpha, y + begin); });
}

void axpy(Dim n, Real alpha, const Real* x, Real* y) {
    const auto loop = table<BinaryFamily>().axpy;
    if (n <= block) return loop(n, alpha, x, y);
    parallel_blocks(n, block, [=](Dim begin, Dim end) { loop(end - begin, alpha, x + begin, y + begin); });
}

void add_to(Dim n, const Real* x, Real* y) { binary(Binary::add, y, x, y, n); }

void mul_add(Dim n, const Real* a, const Real* b, Real* y) {
    const auto loop = table<BinaryFamily>().mul_add;
    if (n <= block) return loop(n, a, b, y);
    parallel_blocks(n, block, [=](Dim begin, Dim end) { loop(end - begin, a + begin, b + begin, y + begin); });
}

}  // namespace heed::kernel
