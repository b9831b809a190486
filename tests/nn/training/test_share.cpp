// What the processes of a group share of a measurement, played by threads.
#include <atomic>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/share.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/thread_group.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;
using test::in_threads;

namespace {

// One of them in floating point, whose sum depends on the order.
std::vector<double> sums_of(Group& group, Dim examples) {
    return sum_over_examples(group, examples, 3, 2, [](Dim begin, Dim end, std::span<double> to) {
        if (end - begin > 3 || begin % 3 != 0) throw Error("other parts");
        for (Dim i = begin; i < end; ++i) to[0] += 1 / (1 + static_cast<double>(i * i)), to[1] += 1;
    });
}

// Predicts each source again, then the end, which is 1, as what begins and pads is.
struct Copier {
    struct State {
        std::vector<std::vector<std::int64_t>> left;
        void reorder(const Ints& rows) {
            const auto old = left;
            left.clear();
            for (const std::int64_t row : rows.storage()) left.push_back(old[static_cast<std::size_t>(row)]);
        }
    };
    State start(const Ints& values, const Ints& lengths) const {
        State state;
        for (Dim i = 0; i < count(lengths); ++i) {
            const std::int64_t* const row = values.data() + i * values.shape()[1];
            state.left.emplace_back(row, row + lengths(i));
        }
        return state;
    }
    Var next(State& state, const Ints& previous) const {
        Array all = filled({count(previous), 8}, -9);
        for (Dim i = 0; i < count(previous); ++i) {
            auto& left = state.left[static_cast<std::size_t>(i)];
            all(i, left.empty() ? 1 : left.front()) = 0;
            if (!left.empty()) left.erase(left.begin());
        }
        return all;
    }
};

}  // namespace

TEST_CASE("share: sums over examples have the bits of those in their order, for any group", "[training]") {
    for (const Dim examples : {0, 1, 7, 50}) {
        double expected = 0;
        for (Dim from = 0; from < examples; from += 3) {
            double part = 0;
            for (Dim i = from; i < std::min(from + 3, examples); ++i) part += 1 / (1 + static_cast<double>(i * i));
            expected += part;
        }
        for (const int threads : {1, 2, 4, 8}) {  // of 7 examples, which are 3 parts, some threads have none
            std::atomic<int> same{0};
            in_threads(threads, [&](Group& group) {
                same += sums_of(group, examples) == std::vector<double>{expected, static_cast<double>(examples)};
            });
            CHECK(same == threads);
        }
    }
}

TEST_CASE("share: each example is measured in one process, and progress counts those of its own", "[training]") {
    std::vector<std::atomic<int>> measured(20);
    std::vector<std::string> shown(3);
    in_threads(3, [&](Group& group) {
        std::string& text = shown[static_cast<std::size_t>(group.rank())];
        const ProgressHost host{[] { return 0.0; }, [&](std::string_view line) { text += line; },
                                [] { return Terminal{}; }};
        Progress progress({.label = "measure", .unit = "words", .counts = "words"}, leader_host(group, host));
        sum_over_examples(
            group, 20, 4, 1,
            [&](Dim begin, Dim end, std::span<double>) {
                for (Dim i = begin; i < end; ++i) ++measured[static_cast<std::size_t>(i)];
            },
            &progress);
        progress.finish();
    });
    for (const std::atomic<int>& times : measured) CHECK(times == 1);
    CHECK_THAT(shown[0], Containing("4 of 4 words"));  // of five parts the first process has one
    CHECK(shown[1].empty());
    CHECK(shown[2].empty());
}

TEST_CASE("share: rows come back in their places, with their lengths", "[training]") {
    struct Found {
        double score = 0;
        Dim row = 0;
        bool operator==(const Found&) const = default;
    };
    const std::vector<std::vector<std::size_t>> batches{{6, 0}, {3}, {1, 5, 2}, {4}};
    std::vector<std::vector<Found>> expected;
    for (Dim row = 0; row < 7; ++row)  // row 0 is empty
        expected.emplace_back(static_cast<std::size_t>(row), Found{1 / static_cast<double>(row), row});
    for (const int threads : {1, 2, 4, 8}) {
        std::atomic<int> same{0}, made{0};
        in_threads(threads, [&](Group& group) {
            same += share_rows(group, batches, [&](const std::vector<std::size_t>& batch) {
                        std::vector<std::vector<Found>> rows;
                        for (const std::size_t i : batch) rows.push_back(expected[i]);
                        made += static_cast<int>(batch.size());
                        return rows;
                    }) == expected;
        });
        CHECK(same == threads);
        CHECK(made == 7);
    }
    CHECK(share_rows(one_process(), std::vector<std::span<const Dim>>(), [](std::span<const Dim>) {
              return std::vector<std::vector<Dim>>();
          }).empty());
}

TEST_CASE("share: a beam search gives what that of one process does", "[training][decode]") {
    const std::vector<std::vector<std::int64_t>> sources{{3, 4, 5}, {2}, {7, 7, 2, 3}, {6, 5}, {4}};
    const auto longest = [](Dim n) { return n; };
    const nn::BeamOptions beam{.width = 2, .begin = 1, .end = 1, .first = 2};
    CHECK(nn::beam_decode(Copier(), sources, 1, longest, beam, 2) == sources);
    for (const int threads : {1, 2, 4}) {
        std::atomic<int> same{0};
        in_threads(threads, [&](Group& group) {
            same += training::beam_decode(group, Copier(), sources, 1, longest, beam, 2) == sources;
        });
        CHECK(same == threads);
    }
}

TEST_CASE("share: what throws while one process measures throws in all, as the same kind", "[training]") {
    for (const bool rows : {false, true}) {
        std::vector<std::string> texts(4);
        in_threads(4, [&](Group& group) {
            texts[static_cast<std::size_t>(group.rank())] = error_of<FileError>([&] {
                if (rows)
                    share_rows(group, std::vector<std::vector<std::size_t>>{{0}, {1}, {2}},
                               [](const std::vector<std::size_t>& batch) {
                                   if (batch[0] == 2) throw FileError("torn");
                                   return std::vector<std::vector<Dim>>(1);
                               });
                else
                    sum_over_examples(group, 9, 3, 1, [](Dim begin, Dim, std::span<double>) {
                        if (begin == 3) throw FileError("torn");
                    });
            });
        });
        for (std::size_t rank = 0; rank < 4; ++rank) {
            // Of 3 parts of a sum the processes have 0, 1, 1 and 1; of 3 batches of rows 1, 1, 1 and 0.
            CHECK(texts[rank] == (rank == 2 ? "torn" : "rank 2: torn"));
        }
    }
}

TEST_CASE("share: all processes get the best weights, which the leading one reads", "[training]") {
    const TemporaryFolder folder;
    const auto weights_of = [](const nn::Params& params) { return elements_of(params.list()); };
    const auto make = [](const nn::Params& params, std::uint64_t rank) {
        params.make("w", {300, 7}, nn::init::constant(static_cast<double>(rank)));
        params.make_buffer("b", {3}, nn::init::constant(static_cast<double>(rank) + 0.5));
    };
    const nn::Params best(1);
    make(best, 9);
    nn::Checkpoint file;
    file.put("model.", best);
    file.save(folder / "best.safetensors");
    std::atomic<int> same{0};
    in_threads(4, [&](Group& group) {
        const nn::Params params(1);
        make(params, static_cast<std::uint64_t>(group.rank()));
        // The others have no such file: theirs may be an older one, where files are cached.
        load_best(group.leads() ? folder.path() : folder / "none", params, group);
        same += weights_of(params) == weights_of(best);
    });
    CHECK(same == 4);
}
