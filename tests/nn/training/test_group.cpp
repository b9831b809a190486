// Several processes, played by threads: what they agree on, and the bits of a step.
#include <mutex>
#include <set>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/core/xt.hpp>
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/lion.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/rmsprop.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/shards/join_parts.hpp>
#include <heed/nn/training/step.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/thread_group.hpp>
#include <heed/tests/snippets/signs.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;
using test::in_threads;

namespace {

// What each of some threads ends with.
template <class Act>
auto from_threads(int threads, Act act) {
    std::vector<decltype(act(std::declval<Group&>()))> results(static_cast<std::size_t>(threads));
    in_threads(threads, [&](Group& group) { results[static_cast<std::size_t>(group.rank())] = act(group); });
    return results;
}

Array rows_of(Dim n, Shard shard) {
    constexpr Dim rows = 21;
    const Array all = normals({rows, 3}, RandomStream(Key{1, static_cast<std::uint64_t>(n)}, 2));
    return Array(slice(Var(all), 0, shard.begin(rows), shard.end(rows)).value());
}

using Making = std::function<std::unique_ptr<nn::Optimizer>(const nn::Params&)>;

std::unique_ptr<nn::Optimizer> adamw(const nn::Params& params) {
    return std::make_unique<nn::AdamW>(params, nn::AdamOptions{.lr = 1e-2});
}

struct Trained {
    std::vector<double> numbers;  // reports of steps, elements of the parameters
    std::size_t state_bytes;      // of this process
    nn::Checkpoint state;         // of all, in the leading one
};

// A network whose first half some shards skip, and what is left after some steps.
Trained trained_by(const Making& make, Group& group) {
    const nn::Params params(5);
    const nn::Linear first(params / "first", 3, 400), skipped(params / "skipped", 400, 400),
        last(params / "last", 400, 1);
    const nn::BatchNorm norm(params / "norm", 400);
    const nn::Dropout drop(params / "drop", 0.2);
    const std::unique_ptr<nn::Optimizer> optimizer = make(params);
    const auto loss = [&](Dim n, Shard shard) {
        const Array x = rows_of(n, shard);
        Var hidden = drop(tanh(norm(first(x))));
        if (x(0, 0) < 0) hidden = skipped(hidden);
        const auto items = static_cast<double>(Var(x).dim(0));
        return Loss(mse_loss(last(hidden), sum(square(Var(x)), {1}, keep_axis)), items, items);
    };
    Stepper stepper(params, *optimizer, loss, {.seed = 3, .accumulate = 2, .clip = 1}, 8, group);
    std::vector<double> all;
    for (Dim step = 1; step <= 4; ++step) {
        const StepReport report = stepper.run(step);
        all.insert(all.end(), {report.loss, report.norm, report.units});
    }
    const std::vector<double> elements = elements_of(params.list());
    all.insert(all.end(), elements.begin(), elements.end());
    nn::Checkpoint state;
    state.put("", *optimizer);
    join_parts(group, state);
    return {all, optimizer->state_bytes(), state};
}

std::vector<double> trained(Group& group) { return trained_by(adamw, group).numbers; }

constexpr Dim words = 150;

Ints ids_of(Dim n, Shard shard) {
    Ints ids = Ints::from_shape({shard.end(21) - shard.begin(21)});
    Draws draws(Key{4, static_cast<std::uint64_t>(n)}, static_cast<std::uint64_t>(shard.index));
    for (std::int64_t& id : ids.storage()) id = draws.below(words);
    return ids;
}

// Lazy steps of three tables: one has rows alone, one has none in some shards, and one all in some shards of a step.
// The elements of all, and how often each row was updated.
std::vector<double> trained_lazily(Group& group) {
    const nn::Params params(5);
    const nn::Embedding rows(params / "rows", words, 3), rare(params / "rare", words, 3),
        tied(params / "tied", words, 3);
    nn::AdamW adam(params, {.lr = 1e-2, .lazy = true});
    const auto loss = [&](Dim n, Shard shard) {
        const Ints ids = ids_of(n, shard);
        Var y = rows(ids) * tied(ids);
        if (shard.index % 4 == 3) y = y + rare(ids);
        Var cost = mean(square(sum(y, {1}) - 1));
        if (n == 2 && shard.index == 5) cost = cost + mean(square(tied.table));
        return Loss(cost, 1, static_cast<double>(count(ids)));
    };
    Stepper stepper(params, adam, loss, {.accumulate = 2, .clip = 0.1}, 8, group);
    for (Dim step = 1; step <= 3; ++step) stepper.run(step);
    std::vector<double> all = elements_of(params.list());
    for (std::size_t i = 0; i < params.list().size(); ++i)
        for (Dim row = 0; row < words; ++row) all.push_back(static_cast<double>(adam.updates(i, row)));
    return all;
}

}  // namespace

TEST_CASE("group: lazy steps have the same bits in any number of processes, and update what any shard touched",
          "[training]") {
    const std::vector<double> expected = trained_lazily(one_process());
    for (const int threads : {2, 4, 8})
        for (const std::vector<double>& found : from_threads(threads, trained_lazily)) CHECK(found == expected);

    std::vector<double> of_rows(words), of_rare(words), of_tied(words);
    for (Dim step = 1; step <= 3; ++step) {
        std::set<std::int64_t> named, rarely;
        for (Dim n = (step - 1) * 2; n < step * 2; ++n)
            for (Dim shard = 0; shard < 8; ++shard) {
                const Ints ids = ids_of(n, {shard, 8});
                for (const std::int64_t id : ids.storage()) {
                    named.insert(id);
                    if (shard % 4 == 3) rarely.insert(id);
                }
            }
        for (Dim row = 0; row < words; ++row) {
            const auto i = static_cast<std::size_t>(row);
            of_rows[i] += static_cast<double>(named.count(row));
            of_rare[i] += static_cast<double>(rarely.count(row));
            of_tied[i] += step == 2 ? 1 : static_cast<double>(named.count(row));
        }
    }
    std::vector<double> counts;
    for (const std::vector<double>& of : {of_rows, of_rare, of_tied}) counts.insert(counts.end(), of.begin(), of.end());
    CHECK(std::vector<double>(expected.end() - 3 * words, expected.end()) == counts);
}

TEST_CASE("group: a step has the same bits in 1, 2, 4 and 8 processes", "[training]") {
    const std::vector<double> expected = trained(one_process());
    for (const int threads : {1, 2, 4, 8})
        for (const std::vector<double>& found : from_threads(threads, trained)) CHECK(found == expected);
}

TEST_CASE("group: each process remembers its part of what an optimiser does, and one file has all", "[training]") {
    using P = const nn::Params&;
    const std::vector<Making> kinds{
        adamw,
        [](P p) { return std::make_unique<nn::Muon>(p, nn::MuonOptions{.but = {"skipped"}}); },
        [](P p) { return std::make_unique<nn::SGD>(p, nn::SGDOptions{.lr = 1e-2, .momentum = 0.9}); },
        [](P p) { return std::make_unique<nn::RMSprop>(p, nn::RMSpropOptions{.lr = 1e-3}); },
        [](P p) { return std::make_unique<nn::Lion>(p, nn::LionOptions{.lr = 1e-3}); },
        [](P p) { return std::make_unique<Signs>(p, 1e-3); }};
    for (std::size_t k = 0; k < kinds.size(); ++k) {
        const Trained one = trained_by(kinds[k], one_process());
        CAPTURE(one.state.notes.at("kind"));
        const std::vector<Trained> all =
            from_threads(k % 2 == 0 ? 2 : 4, [&](Group& group) { return trained_by(kinds[k], group); });
        std::size_t bytes = 0, most = 0;
        for (const Trained& process : all) {
            CHECK(process.numbers == one.numbers);
            bytes += process.state_bytes;
            most = std::max(most, process.state_bytes);
        }
        CHECK(bytes == one.state_bytes);
        CHECK(most < one.state_bytes);
        CHECK(all[0].state.hash() == one.state.hash());
    }
}

TEST_CASE("group: an optimiser whose processes would not agree is refused", "[training]") {
    const auto texts = from_threads(2, [](Group& group) {
        const nn::Params params(5);
        const nn::Linear layer(params / "layer", 3, 1), other(params / "other", 3, 1);
        nn::AdamW adam(params);
        nn::Checkpoint file;
        file.notes["counted"] = std::to_string(group.rank());
        return text_of([&] {
                   Stepper(
                       params / "layer", adam, [](Dim, Shard) { return Loss::of_nothing(); }, {}, 2, group);
               }) +
               "|" + text_of([&] { join_parts(group, file); });
    });
    for (const std::string& text : texts) {
        CHECK_THAT(text, StartsWith("fit: the optimiser updates 'other.weight', which is not among the parameters"));
        CHECK_THAT(text, Containing("|the hash of what each process keeps of the optimiser as a whole of rank 1 is"));
    }
}

TEST_CASE("group: all get what each gave, in the order of ranks", "[training]") {
    for (const int threads : {1, 2, 3}) {
        const auto gathered = from_threads(threads, [](Group& group) {
            std::string text;
            for (const std::string& part : group.all_gather(std::string(static_cast<std::size_t>(group.rank()), 'a')))
                text += part + ";";
            text += fmt::format("{}", group.of_leader(group.rank() + 7));
            for (const double v : group.share_out(7, 2, [](Dim piece, std::span<double> to) {
                     to[0] = static_cast<double>(piece), to[1] = static_cast<double>(piece * piece);
                 }))
                text += fmt::format(" {}", v);
            return text;
        });
        const std::string expected = threads == 1 ? ";" : threads == 2 ? ";a;" : ";a;aa;";
        for (const std::string& text : gathered) CHECK(text == expected + "7 0 0 1 1 2 4 3 9 4 16 5 25 6 36");
    }
}

TEST_CASE("group: what throws in one process throws in all, as the same kind", "[training]") {
    const auto texts = from_threads(3, [](Group& group) {
        std::string text = error_of<IoError>([&] {
            group.together([&] {
                if (group.rank() == 1) throw IoError("full");
            });
        });
        group.together([] {});
        text += "|" + error_of<Error>([&] { group.require_same("the width", group.rank() == 2 ? "7" : "8"); });
        group.require_same("the height", "3");
        return text;
    });
    const std::string differs = "|the width of rank 2 is 7, of rank 0 8; expected the same in all 3 processes";
    CHECK(texts == std::vector<std::string>{"rank 1: full" + differs, "full" + differs, "rank 1: full" + differs});
}

TEST_CASE("group: the leader acts alone, and what it throws, all throw", "[training]") {
    const auto texts = from_threads(2, [](Group& group) {
        bool acted = false;
        group.by_leader([&] { acted = true; });
        return (acted ? "acted|" : "|") +
               error_of<FileError>([&] { group.by_leader([] { throw FileError("torn"); }); });
    });
    CHECK(texts == std::vector<std::string>{"acted|torn", "|rank 0: torn"});
}

TEST_CASE("group: a NaN in one process is named in all, and all skip the step", "[training]") {
    const auto reports = from_threads(4, [](Group& group) {
        const nn::Params params(5);
        const nn::Linear layer(params / "layer", 3, 1);
        nn::AdamW adam(params, {.lr = 1e-2});
        const auto loss = [&](Dim n, Shard shard) {
            const Var value = sum(layer(rows_of(n, shard)));
            return Loss(n == 1 && shard.index == 2 ? value + sum(log(layer.weight * 0 - 1)) : value, 1, 1);
        };
        Stepper stepper(params, adam, loss, {.on_nan = OnNan::skip}, 4, group);
        return stepper.run(1).skipped + stepper.run(2).skipped + stepper.run(3).skipped;
    });
    for (const std::string& text : reports) CHECK_THAT(text, StartsWith("step 2: log"));
}

TEST_CASE("group: processes that do not divide the shards are refused", "[training]") {
    const auto texts = from_threads(3, [](Group& group) {
        const nn::Params params;
        params.make("w", {1}, nn::init::constant(0));
        nn::AdamW adam(params);
        const auto loss = [](Dim, Shard) { return Loss::of_nothing(); };
        return error_of<RangeError>([&] { Stepper(params, adam, loss, {}, 8, group); });
    });
    for (const std::string& text : texts)
        CHECK_THAT(text, Containing("3 processes and shards is 8; expected a multiple of the processes"));
}
