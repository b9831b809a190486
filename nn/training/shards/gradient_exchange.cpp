// Gradients on their way to the processes that own them.
#include <algorithm>
#include <exception>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/training/shards/gradient_exchange.hpp>
#include <heed/nn/training/shards/multiply.hpp>

namespace heed::training {
namespace {

constexpr std::size_t most_under_way = 4;  // buckets: more would only take memory where the network is the slower one

// The sum of `parts` arrays of n elements, one after the other, as a tree; it is left in the first.
void add_as_tree(Real* all, std::size_t parts, std::size_t n) {
    parallel_blocks(static_cast<Dim>(n), Owners::block_size, [=](Dim begin, Dim end) {
        for (std::size_t step = 1; step < parts; step *= 2)
            for (std::size_t p = 0; p + step < parts; p += 2 * step) {
                Real* const to = all + p * n;
                const Real* const from = all + (p + step) * n;
                for (Dim i = begin; i < end; ++i) to[i] += from[i];
            }
    });
}

}  // namespace

GradientExchange::GradientExchange(const Owners& owners)
    : owners_(owners), group_(owners.group()), buckets_(owners.buckets_of(owners.trained())), missing_(buckets_.size()),
      needed_by_(owners.parameters().size()), complete_(needed_by_.size()), gradients_(needed_by_.size()) {
    for (std::size_t b = 0; b < buckets_.size(); ++b)
        for (const Owners::Block& block : buckets_[b].blocks) {
            std::vector<std::size_t>& buckets = needed_by_[block.parameter];
            if (!buckets.empty() && buckets.back() == b) continue;
            buckets.push_back(b);
            ++missing_[b];
        }
}

void GradientExchange::run(FunctionRef<void()> act) {
    std::exception_ptr thrown;
    try {
        act();
    } catch (const GroupError&) {
        throw;
    } catch (...) {
        thrown = std::current_exception();
        group_.stop_exchanges();  // before the others are waited for
    }
    for (std::size_t i = 0; i < complete_.size(); ++i)
        if (!complete_[i]) send(i, {});
    for (; !sent_.empty(); send_complete()) {
        sent_.front().transfer->wait();
        receive(sent_.front());
        sent_.pop_front();
    }
    if (thrown) std::rethrow_exception(thrown);
}

void GradientExchange::send(std::size_t parameter, Storage<Real>&& gradient) {
    gradients_[parameter] = std::move(gradient);
    complete_[parameter] = true;
    for (const std::size_t b : needed_by_[parameter]) --missing_[b];
    send_complete();
}

void GradientExchange::send_complete() {
    for (; !sent_.empty() && sent_.front().transfer->is_done(); sent_.pop_front()) receive(sent_.front());
    while (next_ < buckets_.size() && missing_[next_] == 0 && sent_.size() < most_under_way) begin(next_++);
}

void GradientExchange::begin(std::size_t bucket) {
    const Owners::Bucket& b = buckets_[bucket];
    const auto processes = static_cast<std::size_t>(group_.size());
    Sent& sent = sent_.emplace_back(
        Sent{bucket, Storage<Real>(b.ends.back()), Storage<Real>(b.size_of(group_.rank()) * processes), {}});
    for (std::size_t k = 0; k < b.blocks.size(); ++k) {
        const Owners::Block& block = b.blocks[k];
        const Storage<Real>& from = gradients_[block.parameter];
        Real* const to = sent.values.data() + b.begins[k];
        if (from) std::copy(from.data() + block.begin, from.data() + block.end, to);
        else std::fill_n(to, block.size(), Real(0));
    }
    sent.transfer = group_.begin_all_to_all(std::as_bytes(std::span(sent.values)), b.ends_in_bytes(),
                                            std::as_writable_bytes(std::span(sent.received)));
}

// What all processes sent for the blocks of this one.
void GradientExchange::receive(Sent& sent) {
    const Owners::Bucket& b = buckets_[sent.bucket];
    const std::size_t size = b.size_of(group_.rank()), begin = b.begin_of(group_.rank());
    Real* const sums = sent.received.data();
    add_as_tree(sums, static_cast<std::size_t>(group_.size()), size);
    for (std::size_t k = 0; k < b.blocks.size(); ++k)
        if (owners_.is_mine(b.blocks[k]))
            std::copy_n(sums + (b.begins[k] - begin), b.blocks[k].size(),
                        values_of(b.blocks[k].parameter) + b.blocks[k].begin);
}

Real* GradientExchange::values_of(std::size_t parameter) {
    Storage<Real>& gradient = gradients_[parameter];
    if (!gradient) gradient = Storage<Real>(static_cast<std::size_t>(owners_.parameters()[parameter].size()), 0);
    return gradient.data();
}

Storage<Real> GradientExchange::take(std::size_t parameter, double factor) {
    Real* const values = values_of(parameter);
    owners_.for_owned(parameter, [&](Dim begin, Dim end) {
        multiply({values + begin, static_cast<std::size_t>(end - begin)}, factor);
    });
    return std::move(gradients_[parameter]);
}

}  // namespace heed::training
