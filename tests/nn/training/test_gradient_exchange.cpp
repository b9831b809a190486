// Gradients that are sent while the sweep makes others; the processes are threads.
#include <mutex>
#include <heed/core/io/file.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/step.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/thread_group.hpp>

using namespace heed;
using namespace heed::training;
using test::in_threads;

namespace {

// Counts what it has begun to send to the owners of gradients.
class Counting : public test::ThreadGroup {
public:
    using ThreadGroup::ThreadGroup;
    std::unique_ptr<Transfer> begin_all_to_all(std::span<const std::byte> send, std::span<const std::size_t> ends,
                                               std::span<std::byte> receive) override {
        ++begun;
        return ThreadGroup::begin_all_to_all(send, ends, receive);
    }
    int begun = 0;
};

}  // namespace

TEST_CASE("group: gradients are sent while the sweep makes others, and all of them where it ends by an error",
          "[training]") {
    std::mutex mutex;
    in_threads<Counting>(2, [&](Counting& group) {
        const nn::Params params(5);
        const nn::Linear first(params / "first", 1, 4), last(params / "last", 4, 300'000);
        nn::SGD sgd(params, {.lr = 1e-3});
        const auto loss = [&](Dim n, Shard shard) {
            return Loss(mean(square(last(first(filled({1, 1}, static_cast<Real>(n + shard.index)))))), 1, 1);
        };
        int before = 0;
        bool fails = false;
        first.weight.on_gradient([&](Array gradient) {
            before = group.begun;
            if (fails && group.rank() == 1) throw IoError("no such luck");
            return gradient;
        });
        Stepper stepper(params, sgd, loss, {}, 2, group);
        stepper.run(1);
        const int begun = group.begun;
        fails = true;
        const std::string text = error_of<IoError>([&] { stepper.run(2); });
        fails = false;
        stepper.run(3);
        const std::lock_guard lock(mutex);
        CHECK(before == 2 * begun + 1);
        CHECK(begun == 2);
        CHECK(group.begun == 3 * begun);
        CHECK_THAT(text, Containing("no such luck"));
    });
}
