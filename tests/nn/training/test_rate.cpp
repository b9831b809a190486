// A rate that follows the metrics of a run.
#include <cmath>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/run/log.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/small_network.hpp>
#include <heed/tests/silent.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;

namespace {

Loss loss_of(const test::SmallNetwork& net, Dim n) {
    return mse_loss(net.first(filled({1, 3}, static_cast<Real>(n % 3))), filled({1, 1}, 1));
}

}  // namespace

TEST_CASE("fit: a rate follows the metrics, through a stop and whichever way is better", "[training]") {
    const TemporaryFolder folder;
    const auto run = [&](const char* name, Dim steps, bool resume, double sign, const Rate& rate) {
        const test::SmallNetwork net(1);
        nn::SGD sgd(net.params);
        FitOptions o{.folder = folder / name, .resume = resume, .steps = steps, .rate = rate};
        o.evaluate_every = 2, o.log_every = 1, o.higher_is_better = sign < 0, o.host = test::silent();
        const double measured[] = {3, 2, 2.5, 2.2, 1, 1.5, 1.2};  // of step 2, 4, ...
        Dim step = resume ? 8 : 0;
        const auto loss = [&](Dim n) {
            step = n + 1;
            return loss_of(net, n);
        };
        training::fit(o, net.params, sgd, LossOf(loss), [&] {
            return Metrics{{"error", sign * measured[step / 2 - 1]}};
        });
        std::vector<double> all;
        for (const Record& line : read_log(folder / name + "/log.jsonl"))
            if (const Value* lr = find(line, "lr"); lr && !find(line, "error")) all.push_back(std::get<double>(*lr));
        return all;
    };
    const nn::ReduceOnPlateau plateau{.peak = 0.5, .factor = 0.5, .patience = 1};
    const std::vector<double> expected{0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25};
    CHECK(run("straight", 14, false, 1, plateau) == expected);
    CHECK(run("higher", 14, false, -1, plateau) == expected);
    run("stopped", 8, false, 1, plateau);
    CHECK(run("stopped", 14, true, 1, plateau) == expected);
    CHECK(run("own", 6, false, 1, [](Dim, Dim, std::span<const double> metrics) {
              return metrics.empty() ? 1 : metrics.back();
          }) == std::vector<double>{1, 1, 3, 3, 2, 2});
    const test::SmallNetwork net(1);
    nn::SGD sgd(net.params);
    FitOptions alone{.steps = 1, .rate = plateau};
    alone.host = test::silent();
    const LossOf loss = [&](Dim n) { return loss_of(net, n); };
    CHECK_THAT(text_of([&] { training::fit(alone, net.params, sgd, loss); }),
               StartsWith("fit: the rate follows a metric, and evaluate() is not given"));
}

TEST_CASE("checkpoint: notes of numbers are read as they were written", "[training]") {
    nn::Checkpoint file;
    file.notes = {{"none", ""}, {"some", "0.1 -inf nan 1e-300"}, {"bad", "1  2"}, {"worse", "1 x"}};
    CHECK(file.reals("none").empty());
    const std::vector<double> some = file.reals("some");
    REQUIRE(some.size() == 4);
    CHECK((some[0] == 0.1 && some[1] == -HUGE_VAL && std::isnan(some[2]) && some[3] == 1e-300));
    for (const char* name : {"bad", "worse"})
        CHECK_THAT(text_of([&] { file.reals(name); }), Containing("expected numbers with a space between them"));
}
