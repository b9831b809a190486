#pragma once
// The seam between the attention kernel and a score: functions on whole tiles, so that a call costs nothing beside its
// work. The stock scores fill it once per instruction set, users' lambdas in their own file (ops/attention/score.hpp).
#include <heed/core/real.hpp>

namespace heed::kernel {

// Queries i0 .. i0 + rows - 1 against keys j0 .. j0 + keys - 1 of head h of example b.
struct HEED_ABI ScoreTile {
    Dim b = 0, h = 0, i0 = 0, j0 = 0, rows = 0, keys = 0, width = 0;
    const Real* q = nullptr;  // (rows, width), ldq elements apart; already prepared where `prepare` is set
    Dim ldq = 0;
    // (width, ldk): the keys, transposed; 64-byte aligned, ldk a multiple of 64 bytes. Elements past `keys` are 0
    // (prepared: of 0).
    const Real* k = nullptr;
    Dim ldk = 0;
    const Real* theta = nullptr;  // (width): the score's parameter for this head, or null
    Real* s = nullptr;            // (rows, lds): the scores; whole vectors past `keys` may be written, up to ldk
    Dim lds = 0;
};

// Where the gradients of a tile go; all are added to. A pair whose ds is 0 adds nothing, also where q or k is not
// finite: so that what a mask took away stays away.
struct HEED_ABI ScoreTileGradients {
    const Real* ds = nullptr;  // (rows, lds of the tile): zero past `keys` up to ldk
    Real* dq = nullptr;        // (rows, ld_dq)
    Dim ld_dq = 0;
    Real* dk = nullptr;      // (width, ldk): transposed, as the keys
    Real* dtheta = nullptr;  // (width), or null
};

struct HEED_ABI ScoreFunctions {
    const char* name = "";  // "additive"
    const char* isa = "";   // what it was compiled for

    // A score of a pair of vectors: s_ij = sum_d g(q_id, k_jd, theta_d). Null: the dot product, which the kernel does
    // by itself.
    void (*pairwise)(const void* self, const ScoreTile& t) = nullptr;
    void (*pairwise_backward)(const void* self, const ScoreTile& t, const ScoreTileGradients& g) = nullptr;
    // Optional, for both: a copy of n elements (of q or of k) in which the tiles are given, made once per block and not
    // per tile. (Additive: the exponentials of both sides; what is out of range for them is encoded in a negative
    // number.)
    void (*prepare)(const void* self, const Real* from, Dim n, Real* to) = nullptr;

    // A function of the finished, scaled score: s = rho(s, b, h, i, j), in place; and the same with derivative (rows,
    // lds) = rho'(s).
    void (*rho)(const void* self, const ScoreTile& t) = nullptr;
    void (*rho_with_derivative)(const void* self, const ScoreTile& t, Real* derivative) = nullptr;
    // rho is given b, h, i and j, as Reals: with floats they are exact below 2^24, and longer operands have to be
    // refused.
    bool reads_positions = false;
};

}  // namespace heed::kernel
