// Attention over a sequence whose stretches the processes of mpirun hold, forward and backward, for
// attention_in_processes.py.
//   attend_in_processes LENGTH STRETCHES SCORE
// Scores: causal; additive, with lengths; lambda, of positions, with dropout. Prints a line for each stretch, with a
// hash of its rows of the result and of each gradient, and one for each process, with the most memory it had. Instead
// of a score, fails: rank 1 throws an IoError between its forward and its backward.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <fmt/format.h>
#include <sys/resource.h>
#include <heed/core/io/file.hpp>
#include <heed/nn/distributed/world.hpp>
#include <heed/ops/attention/score.hpp>
#include <heed/ops/attention/stretches.hpp>
#include <heed/ops/ops.hpp>

using namespace heed;

namespace {

constexpr Dim heads = 4, width = heads * 64;

// N(0, 1); rows (1, n, width) of these positions, of a whole that no process has.
Var rows_of(const Ints& positions, std::uint64_t which) {
    const RandomStream random(Key{1, 2}, which);
    Array x = Array::from_shape({1, static_cast<Dim>(positions.size()), width});
    Real* to = x.data();
    for (const Dim i : positions.storage())
        for (Dim d = 0; d < width; ++d)
            *to++ = static_cast<Real>(random.normal(static_cast<std::uint64_t>(i * width + d)));
    return Var::leaf(std::move(x));
}

AttentionOptions options_of(const std::string& score, Dim length) {
    AttentionOptions o{.mask = causal(), .heads = heads};
    if (score == "additive") {
        o.mask = lengths(Ints{length * 3 / 4});
        o.score = score::additive(filled({64}, 0.25f));
    } else if (score == "lambda") {
        o.score = score::scaled_dot([](auto s, auto i, auto j) { return s - 0.001f * abs(i - j); });
        o.dropout = 0.1;
    }
    return o;
}

// Of some rows of (1, n, width).
std::string hash_of(const Array& x, const Stretches::Stretch& s) {
    TextHash hash;
    hash.add({reinterpret_cast<const char*>(x.storage().data() + s.row * width),
              static_cast<std::size_t>(s.size() * width) * sizeof(Real)});
    return fmt::format(" {:016x}", hash.value());
}

void attend(distributed::World& world, Dim length, Dim count, const AttentionOptions& options) {
    // [attend]
    const Stretches stretches(length, count, world);
    const Ints positions = stretches.positions();  // that this process holds
    const Var q = rows_of(positions, 1), k = rows_of(positions, 2), v = rows_of(positions, 3);  // (1, rows, heads d)
    Tape tape(Key{3, 4});
    const Var y = attention(q, k, v, stretches, options);  // the same rows
    tape.backward(sum(square(y)));
    // [end]
    std::string text;
    for (const Stretches::Stretch& s : stretches.of(world.rank())) {
        text += fmt::format("stretch {}:", s.number);
        for (const Array& x : {y.value(), q.grad(), k.grad(), v.grad()}) text += hash_of(x, s);
        text += "\n";
    }
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    text += fmt::format("rank {}: {} rows, at most {} MiB\n", world.rank(), positions.size(), used.ru_maxrss / 1024);
    for (const std::string& of_process : world.all_gather(text))
        if (world.leads()) std::fputs(of_process.c_str(), stdout);
    world.finish();
}

void fail(distributed::World& world, Dim length, Dim count) {
    world.together([&] {
        const Stretches stretches(length, count, world);
        const Var q = rows_of(stretches.positions(), 1);
        Tape tape;
        const Var y = attention(q, q, q, stretches, options_of("causal", length));
        if (world.rank() == 1) throw IoError("no such luck");
        tape.backward(sum(y));
    });
}

}  // namespace

int main(int argc, char** argv) {
    try {
        distributed::World world(argc, argv);
        if (argc != 4) return std::fputs("see the first lines of the source\n", stderr), 2;
        const Dim length = std::atol(argv[1]), count = std::atol(argv[2]);
        if (argv[3] == std::string("fails")) fail(world, length, count);
        else attend(world, length, count, options_of(argv[3], length));
        return 0;
    } catch (const IoError& e) {
        return std::fputs(fmt::format("{}\n", e.what()).c_str(), stderr), 74;
    } catch (const std::exception& e) {
        return std::fputs(fmt::format("{}\n", e.what()).c_str(), stderr), 1;
    }
}
