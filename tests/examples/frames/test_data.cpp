// examples/frames: its tasks, the views of a clip, and what counts as an error.
#include <cmath>
#include <filesystem>
#include <heed/examples/frames/data.hpp>
#include <heed/examples/frames/metrics.hpp>
#include <heed/examples/frames/options.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/nn/data/audio/augment.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::frames;

TEST_CASE("frames: tasks have symbols, and refuse others", "[frames]") {
    const Task& task = task_of("prompts");
    CHECK(task.text(task.labels("isn't it")) == "isn't it");
    CHECK(task_of("strings").text({3, 0, 9}) == "3 0 9");
    CHECK(text_of([&] { task.labels("a1"); }).starts_with("frames: '1' is no symbol of prompts"));
    CHECK_THAT(text_of([] { task_of("words"); }),
               StartsWith("frames: there is no task 'words'; expected digits, strings or prompts"));
}

TEST_CASE("frames: a digit is predicted by the average over its views", "[frames]") {
    Options config;
    config.model = {.decoder = "label", .channels = 4, .dim = 16, .layers = 1, .heads = 2, .hidden = 16};
    const Model model(nn::Params(1), config.model);
    std::vector<Utterance> clips(2, {std::vector<float>(8000), {}, ""});
    for (std::size_t i = 0; i < 8000; ++i)
        for (std::size_t n = 0; n < 2; ++n)
            clips[n].samples[i] = static_cast<float>(std::sin((0.3 + 0.2 * double(n)) * static_cast<double>(i)));
    Batcher batcher(config.model.features());
    audio::LogMel mel(config.model.features().mel);
    const auto expected = [&](std::size_t clip, const ClipView& view) {
        Array x = audio::warp(mel(clips[clip].samples), mel, view.time, view.tract);
        audio::normalise(x, config.model.range);
        return x;
    };
    Array as_heard = mel(clips[1].samples);
    audio::normalise(as_heard, config.model.range);
    CHECK(elements(expected(1, {})) == elements(as_heard));

    const std::vector<Batch> views = batcher.of(clips, around);
    REQUIRE(views.size() == 9);
    Array mean = filled({2, 10}, 0);
    for (std::size_t v = 0; v < 9; ++v) {
        for (std::size_t clip = 0; clip < 2; ++clip) {
            const Array x = expected(clip, around[v]);
            const Batch alone = batcher.of({&clips[clip], 1}, around[v]);
            REQUIRE(elements(alone.features) == elements(x));
            REQUIRE(views[v].lengths(clip) == x.shape()[0]);
            const Var p = softmax((*model.classifier)(model.encoder(alone.features, alone.lengths)));
            for (Dim k = 0; k < 10; ++k) mean(clip, k) += p.value()(0, k) / 9;
        }
    }
    const Var together = model.probabilities(views);
    for (std::size_t i = 0; i < 20; ++i) CHECK(together.value().data()[i] == Approx(mean.data()[i]).epsilon(1e-5));
    CHECK(elements(together.value()) != elements(model.probabilities(batcher.of(clips, as_it_is)).value()));
    const Ints best = argmax(together);
    CHECK(model.decode(views) == std::vector<Labels>{{best(0)}, {best(1)}});
}

TEST_CASE("frames: the digit error rate", "[frames]") {
    const Errors none{0, 4}, half{2, 4};
    Options config;
    CHECK(metric_of(task_of("digits"), half) == Approx(0.5));
    CHECK(metric_of(task_of("digits"), none) == Approx(1));
    CHECK(metric_of(task_of("strings"), none) == Approx(0));
    config.model = {.decoder = "ctc", .channels = 4, .dim = 16, .layers = 1, .heads = 2, .hidden = 16};
    const Model model(nn::Params(1), config.model);
    std::vector<Utterance> utterances(60, {std::vector<float>(4000, 0.5f), {}, ""});  // more than go at once
    const Labels predicted =
        model.decode(Batcher(config.model.features()).of({utterances.data(), 1}, as_it_is)).front();
    for (Utterance& one : utterances) one.labels = predicted;
    utterances.back().labels.push_back(0);
    const Errors missed = errors_of(model, utterances);
    CHECK(missed.wrong == 1);
    CHECK(missed.labels == static_cast<Dim>(60 * predicted.size() + 1));
}
