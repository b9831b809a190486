// Lazy optimisers, and gradients that know their rows where optimisers are not lazy.
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim rows = 70;

Ints ids_of(Dim step, Dim many = 9) {
    Ints ids = Ints::from_shape({many});
    Draws draws(Key{7, static_cast<std::uint64_t>(step)}, 1);
    for (Dim i = 0; i < many; ++i) ids.data()[i] = draws.below(static_cast<std::uint64_t>(rows) / 2) * 2;
    return ids;
}

// A table and a vector that its rows are multiplied by; the rows of odd numbers are never asked for.
struct Model {
    nn::Params params;
    Dim width;
    Var table, vector;
    std::unique_ptr<nn::Optimizer> optimizer;
    template <class Make>
    explicit Model(Make make, Dim width_ = 5)
        : params(3), width(width_), table(params.make("table", {rows, width}, nn::init::normal(1))),
          vector(params.make("vector", {width}, nn::init::normal(1))), optimizer(make(params)) {}

    void backward(Dim step) const {
        Tape tape;
        Var loss = sum(square(matmul(take_rows(table, ids_of(step)), unsqueeze(vector, 1))));
        if (step % 5 == 4) loss = loss + sum(square(table)) * 0.01;  // of all rows
        tape.backward(loss);
    }
    void train(Dim from, Dim to) const {
        for (Dim step = from; step < to; ++step) {
            backward(step);
            optimizer->step();
        }
    }
    std::vector<double> weights() const { return elements_of(params.list()); }
};

template <class Rule, class Options>
auto maker(Options options) {
    return [options](const nn::Params& p) { return std::make_unique<Rule>(p, options); };
}
template <class Rule>
auto adam_of(nn::AdamOptions options) {
    return maker<Rule>(options);
}

// Adam, AdamW and SGD as they are written, for one element in long double, each row with a count of its own.
struct Element {
    long double m = 0, v = 0, most = 0;
};
using Step = std::function<long double(Element& e, long double x, long double g, long double n)>;  // the new x

Step adam(const nn::AdamOptions& o, bool decoupled) {
    return [=](Element& e, long double x, long double g, long double n) {
        const long double decay = o.decay.value_or(0), b1 = o.beta1, b2 = o.beta2;
        if (!decoupled) g += decay * x;
        e.m = b1 * e.m + (1 - b1) * g;
        e.v = b2 * e.v + (1 - b2) * g * g;
        e.most = std::max(e.most, e.v);
        const long double bound = o.amsgrad ? e.most : e.v;
        const long double step = e.m / (1 - std::pow(b1, n)) / (std::sqrt(bound / (1 - std::pow(b2, n))) + o.epsilon);
        return x - o.lr * step - (decoupled ? o.lr * decay * x : 0);
    };
}
Step sgd(const nn::SGDOptions& o) {
    return [=](Element& e, long double x, long double g, long double) {
        g += o.decay * x;
        e.m = o.momentum * e.m + g;
        return x - o.lr * (o.nesterov ? g + o.momentum * e.m : e.m);
    };
}

// The table after `steps`, from the gradients that the model has and the rows that its ids name.
void check_against(const Step& step, const Model& model, Dim steps) {
    const Dim width = model.width;
    std::vector<Element> memory(static_cast<std::size_t>(rows * width));
    std::vector<long double> counts(rows), x;
    for (const double value : elements(model.table.value())) x.push_back(value);
    for (Dim s = 0; s < steps; ++s) {
        model.backward(s);
        std::vector<bool> named(rows, s % 5 == 4);
        const Ints ids = ids_of(s);
        for (const std::int64_t id : ids.storage()) named[static_cast<std::size_t>(id)] = true;
        const std::vector<double> g = elements(model.table.grad());
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::size_t row = i / static_cast<std::size_t>(width);
            if (!named[row]) continue;
            if (i % static_cast<std::size_t>(width) == 0) ++counts[row];
            x[i] = step(memory[i], x[i], g[i], counts[row]);
        }
        model.optimizer->step();
        const std::vector<double> got = elements(model.table.value());
        long double worst = 0;  // relative to the largest of 1 and the value
        for (std::size_t i = 0; i < x.size(); ++i)
            worst = std::max(worst, std::abs(got[i] - x[i]) / std::max(1.0L, std::abs(x[i])));
        CAPTURE(s);
        CHECK(worst < 2e-5L);
    }
    for (Dim row = 0; row < rows; ++row)
        CHECK(static_cast<long double>(model.optimizer->updates(0, row)) == counts[static_cast<std::size_t>(row)]);
}

}  // namespace

TEST_CASE("lazy: moments, counts and decay are a row's own", "[nn]") {
    const nn::AdamOptions plain{.lr = 0.02, .lazy = true}, decayed{.lr = 0.02, .decay = 0.1, .lazy = true},
        amsgrad{.lr = 0.02, .beta2 = 0.5, .decay = 0.1, .amsgrad = true, .lazy = true};
    check_against(adam(plain, false), Model(adam_of<nn::Adam>(plain)), 14);
    check_against(adam(decayed, false), Model(adam_of<nn::Adam>(decayed)), 14);
    check_against(adam(decayed, true), Model(adam_of<nn::AdamW>(decayed), 128), 14);
    check_against(adam(amsgrad, true), Model(adam_of<nn::AdamW>(amsgrad)), 14);
    for (const bool nesterov : {false, true}) {
        const nn::SGDOptions o{.lr = 0.002, .momentum = 0.9, .nesterov = nesterov, .decay = 0.1, .lazy = true};
        check_against(sgd(o), Model(maker<nn::SGD>(o)), 14);
    }
}

TEST_CASE("lazy: rows that no id names stay as they are, and are not remembered", "[nn]") {
    const Model model(adam_of<nn::AdamW>({.lr = 0.1, .decay = 0.5, .lazy = true}));
    const std::vector<double> before = elements(model.table.value());
    model.train(0, 4);
    const std::vector<double> after = elements(model.table.value()),
                              moments = elements(*model.optimizer->find_state(0, "second"));
    for (Dim row = 0; row < rows; ++row) {
        const auto at = static_cast<std::size_t>(row * model.width);
        const bool named = model.optimizer->updates(0, row) > 0;
        CHECK((after[at] != before[at]) == named);
        CHECK((moments[at] != 0) == named);
        if (row % 2 == 1) CHECK_FALSE(named);
    }
    CHECK(model.optimizer->updates(0) == 4);
    CHECK_FALSE(model.optimizer->counts_rows(1));
    CHECK(model.optimizer->updates(1, 0) == 4);
}

TEST_CASE("lazy: where every row is touched in every step it is the rule itself, to the bit", "[nn]") {
    const auto trained = [](auto make) {
        const Model model(make);
        for (Dim step = 0; step < 6; ++step) {
            Tape tape;
            tape.backward(sum(square(matmul(take_rows(model.table, arange(rows)), unsqueeze(model.vector, 1)))));
            model.optimizer->step();
        }
        return model.weights();
    };
    for (const bool amsgrad : {false, true}) {
        nn::AdamOptions o{.lr = 0.02, .decay = 0.1, .amsgrad = amsgrad}, lazy = o;
        lazy.lazy = true;
        CHECK(trained(adam_of<nn::Adam>(o)) == trained(adam_of<nn::Adam>(lazy)));
        CHECK(trained(adam_of<nn::AdamW>(o)) == trained(adam_of<nn::AdamW>(lazy)));
    }
    const auto sgd_of = [](bool lazy) {
        return maker<nn::SGD>(nn::SGDOptions{.lr = 0.002, .momentum = 0.9, .decay = 0.1, .lazy = lazy});
    };
    CHECK(trained(sgd_of(false)) == trained(sgd_of(true)));
}

TEST_CASE("lazy: stretches, also such as cut a row, are updated as the whole would be", "[nn]") {
    const auto make = adam_of<nn::AdamW>({.lr = 0.02, .lazy = true});
    const Model whole(make), cut(make);
    const Dim middle = rows / 2 * whole.width + 2;
    for (Dim step = 0; step < 7; ++step) {
        whole.train(step, step + 1);
        cut.backward(step);
        const std::vector<nn::Stretch> parts{{0, 0, middle}, {0, middle, rows * cut.width}, {1, 0, cut.width}};
        cut.optimizer->step(parts);
    }
    CHECK(whole.weights() == cut.weights());
}

TEST_CASE("touched rows: every optimiser that is not lazy makes the same bits of them as of a dense gradient", "[nn]") {
    const auto trained = [](auto make, Dim width, bool dense, bool in_parts) {
        const Model model(make, width);
        for (Dim step = 0; step < 4; ++step) {
            model.backward(step);
            if (dense) model.table.set_grad(Array(model.table.grad()));
            CHECK((model.table.touched_rows() == nullptr) == dense);
            nn::clip_gradients(model.params, 0.5);
            CHECK((model.table.touched_rows() == nullptr) == dense);
            const Dim n = model.table.size();
            const std::vector<nn::Stretch> parts{{0, 0, 7}, {0, 7, n}, {1, 0, width}};
            if (in_parts) model.optimizer->step(parts);
            else model.optimizer->step();
        }
        return model.weights();
    };
    for (const Dim width : {1, 5, 300, 1000}) {  // zeros that are read with their neighbours, and that are not
        CAPTURE(width);
        const auto same = [&](auto make) {
            const auto expected = trained(make, width, true, false);
            CHECK((trained(make, width, false, false) == expected));
            CHECK((trained(make, width, false, true) == expected));
        };
        same(adam_of<nn::Adam>({.lr = 0.02, .decay = 0.1}));
        same(adam_of<nn::AdamW>({.lr = 0.02, .amsgrad = true}));
        same(maker<nn::SGD>(nn::SGDOptions{.lr = 0.02}));
        same(maker<nn::SGD>(nn::SGDOptions{.lr = 0.02, .decay = 0.1}));
        same(maker<nn::SGD>(nn::SGDOptions{.lr = 0.02, .momentum = 0.9}));
        same(maker<nn::Muon>(nn::MuonOptions{.adam = {.lr = 0.02}, .but = {"table"}}));
    }
}

TEST_CASE("touched rows: clipping finds the norm and makes the gradient that it makes of a dense one", "[nn]") {
    for (const Dim width : {3, 1001}) {  // blocks of 65,536 elements end within rows
        nn::Params params{3};
        const Var table = params.make("table", {400, width}, nn::init::normal(1));
        const auto clipped = [&](bool dense) {
            params.clear_gradients();
            {
                Tape tape;
                tape.backward(sum(square(take_rows(table, Ints{0, 65, 66, 131, 200, 399, 7}))));
            }
            if (dense) table.set_grad(Array(table.grad()));
            std::vector<double> all{nn::clip_gradients(params, 1)};
            for (const double g : elements(table.grad())) all.push_back(g);
            return all;
        };
        CHECK((clipped(false) == clipped(true)));
        CHECK(clipped(false).front() > 1);
    }
}

TEST_CASE("lazy: a resumed run has the same bits, with moments and counts by row from its checkpoint", "[nn]") {
    const TemporaryFolder folder;
    const auto path = folder / "c.safetensors";
    for (const bool sgd : {false, true}) {
        const auto make = [sgd](const nn::Params& p) -> std::unique_ptr<nn::Optimizer> {
            if (sgd)
                return std::make_unique<nn::SGD>(
                    p, nn::SGDOptions{.lr = 0.002, .momentum = 0.9, .decay = 0.1, .lazy = true});
            return std::make_unique<nn::AdamW>(p, nn::AdamOptions{.lr = 0.02, .lazy = true});
        };
        const Model straight(make), begun(make), resumed(make);
        straight.train(0, 12);
        begun.train(0, 7);
        nn::Checkpoint file;
        file.put("model.", begun.params);
        file.put("optimizer.", *begun.optimizer);
        file.save(path);
        resumed.train(3, 6);  // nothing of it may remain
        const nn::Checkpoint loaded = nn::Checkpoint::load(path);
        loaded.get("model.", resumed.params);
        loaded.get("optimizer.", *resumed.optimizer);
        for (Dim row = 0; row < rows; ++row)
            CHECK(resumed.optimizer->updates(0, row) == begun.optimizer->updates(0, row));
        resumed.train(7, 12);
        CHECK(resumed.weights() == straight.weights());
    }
}

TEST_CASE("lazy: what cannot be continued is refused, and nothing changes", "[nn]") {
    const Model lazy(adam_of<nn::AdamW>({.lazy = true})), eager(adam_of<nn::AdamW>({}));
    lazy.train(0, 3);
    eager.train(0, 3);
    nn::Checkpoint of_lazy, of_eager;
    of_lazy.put("optimizer.", *lazy.optimizer);
    of_eager.put("optimizer.", *eager.optimizer);
    CHECK(of_lazy.note("optimizer.version") == "2");
    CHECK(of_eager.note("optimizer.version") == "1");
    const std::string kept = elements_of(lazy.params.list()).size() > 0 ? "optimizer.row_updates.table" : "";
    CHECK_THAT(
        text_of([&] { of_lazy.get("optimizer.", *eager.optimizer); }),
        Containing("checkpoint: 'optimizer.' is the state of an optimiser that is lazy; expected one that is not"));
    CHECK_THAT(text_of([&] { of_eager.get("optimizer.", *lazy.optimizer); }),
               Containing("is the state of an optimiser that is not lazy; expected one that is"));
    Ints counts = of_lazy.ints(kept);
    for (const std::int64_t wrong : {-1, 4}) {
        nn::Checkpoint damaged = of_lazy;
        Ints changed = counts;
        changed.data()[8] = wrong;
        damaged.put(kept, changed);
        CHECK_THAT(text_of([&] { damaged.get("optimizer.", *lazy.optimizer); }),
                   Containing("tensor 'row_updates.table' of shape (70) is no count for each row of (70, 5), of at "
                              "most 3 updates"));
    }
    of_lazy.put(kept, Ints{1, 2});
    CHECK_THROWS_AS(of_lazy.get("optimizer.", *lazy.optimizer), FileError);
    for (Dim row = 0; row < rows; ++row) CHECK(lazy.optimizer->updates(0, row) == counts.data()[row]);
    CHECK_THAT(text_of([&] { nn::Muon(lazy.params, {.adam = {.lazy = true}}); }),
               StartsWith("Muon: adam.lazy is true; expected false"));
}
