// Workloads of a training: their two phases, the files of weights, and the comparison of losses.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/bench/training.hpp>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/params/load.hpp>

namespace heed::bench {
namespace {

nn::AdamOptions adam_options() { return {.lr = 1e-3, .decay = 0.01, .decay_vectors = true}; }

template <class T>
ArrayOf<T> read(const io::SafetensorsReader& file, const io::TensorInfo& tensor) {
    ArrayOf<T> x = ArrayOf<T>::from_shape(tensor.shape);
    file.read_as<T>(tensor, {x.data(), static_cast<std::size_t>(count(x))});
    return x;
}

const io::TensorInfo& tensor(const io::SafetensorsReader& file, const std::string& path, std::string_view name) {
    if (const io::TensorInfo* found = file.find(name)) return *found;
    throw FileError(fmt::format("{}: no tensor '{}'; expected a file of bench/export_weights.py", path, name));
}

// The file's values in place of those that were drawn, in the same shapes.
void read_batch(const io::SafetensorsReader& file, const std::string& path, Batch& batch) {
    std::size_t number = 0;
    const auto next = [&](auto& x) {
        const std::string name = fmt::format("batch.{}", number++);
        const io::TensorInfo& found = tensor(file, path, name);
        if (!(found.shape == x.shape()))
            throw FileError(fmt::format("{}: '{}' has shape {}; expected {}", path, name, to_string(found.shape),
                                        to_string(x.shape())));
        x = read<typename std::remove_reference_t<decltype(x)>::value_type>(file, found);
    };
    for (Array& x : batch.values) next(x);
    for (Ints& x : batch.ids) next(x);
}

void read_all(const std::string& path, const Training& training, const nn::Params& params, Batch& batch) {
    const io::SafetensorsReader file(path);
    const auto of = file.metadata().find("workload");
    if (of == file.metadata().end() || of->second != training.name)
        throw FileError(fmt::format("{}: holds the weights of {}; expected those of {}, by bench/export_weights.py",
                                    path, of == file.metadata().end() ? "no workload" : of->second, training.name));
    const nn::LoadReport report =
        nn::load(params, path, {.layout = nn::Layout::pytorch, .rules = {{"model.*", "*"}}, .strict = false});
    const std::size_t others = batch.values.size() + batch.ids.size() + 1;  // the batch and the losses
    if (!report.missing.empty() || !report.mismatched.empty() || report.unexpected.size() != others)
        throw FileError(fmt::format("{}: does not fit {}: {}", path, training.name, report.text()));
    read_batch(file, path, batch);
}

struct Prepared {
    Network network;
    Batch batch;
};

Prepared prepare(const Training& training, const std::string& weights) {
    Prepared ready{training.build(), training.batch};
    if (!weights.empty()) read_all(weights, training, ready.network.params, ready.batch);
    return ready;
}

}  // namespace

std::vector<Workload> phases(const Training& training, const std::string& weights) {
    return {{.name = training.name,
             .phase = "train",
             .prepare =
                 [=] {
                     const Prepared ready = prepare(training, weights);
                     return [=, adam = std::make_shared<nn::AdamW>(ready.network.params, adam_options())] {
                         Tape tape;
                         tape.backward(ready.network.loss(ready.batch));
                         adam->step();
                     };
                 }},
            {.name = training.name, .phase = "infer", .prepare = [=] {
                 return [ready = prepare(training, weights)] { ready.network.infer(ready.batch); };
             }}};
}

Losses losses_from(const Training& training, const std::string& weights) {
    const Prepared ready = prepare(training, weights);
    const io::SafetensorsReader file(weights);
    const io::TensorInfo& theirs = tensor(file, weights, "losses");
    Losses losses;
    losses.pytorch.resize(static_cast<std::size_t>(theirs.shape.count()));
    file.read_as<double>(theirs, losses.pytorch);
    nn::AdamW adam(ready.network.params, adam_options());
    while (losses.heed.size() < losses.pytorch.size()) {
        Tape tape;
        const Var loss = ready.network.loss(ready.batch);
        losses.heed.push_back(loss.item());
        tape.backward(loss);
        adam.step();
    }
    return losses;
}

double Losses::largest_difference() const {
    double largest = 0;
    for (std::size_t i = 0; i < heed.size(); ++i) {
        const double difference = std::abs(heed[i] - pytorch[i]);
        if (std::isnan(difference)) return difference;
        largest = std::max(largest, difference);
    }
    return largest;
}

}  // namespace heed::bench
