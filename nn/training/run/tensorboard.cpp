// TensorBoard's event files.
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/io/crc32c.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::training {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
std::string raw(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

// Protocol buffers: a field is its number and kind, then the content
// (https://protobuf.dev/programming-guides/encoding).
std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    return bytes += static_cast<char>(value);
}
std::string field(unsigned number, std::uint64_t value) { return varint(number << 3 | 0) + varint(value); }
std::string field(unsigned number, double value) { return varint(number << 3 | 1) + raw(value); }
std::string field(unsigned number, float value) { return varint(number << 3 | 5) + raw(value); }
std::string field(unsigned number, std::string_view bytes) {
    return varint(number << 3 | 2) + varint(bytes.size()).append(bytes);
}

std::uint32_t masked_crc(std::string_view bytes) {
    return std::rotr(io::crc32c(io::bytes_of(bytes)), 15) + 0xa282ead8u;
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string packed(const std::vector<double>& values) {
    std::string bytes;
    for (const double v : values) bytes += raw(v);
    return bytes;
}

// TensorBoard reads a folder's files in the order of their names.
std::string new_name(const std::filesystem::path& folder) {
    const auto second = static_cast<std::int64_t>(now());
    std::filesystem::path path;
    for (int i = 0; path.empty() || std::filesystem::exists(path); ++i)
        path = folder / fmt::format("events.out.tfevents.{:010}.{:06}.heed", second, i);
    return path.string();
}

}  // namespace

Events::Events(const std::filesystem::path& folder, Dim step) : file_(new_name(folder), io::AppendFile::Use::fresh) {
    write(field(1, now()) + field(3, "brain.Event:2"));
    if (step > 0)
        write(field(1, now()) + field(2, static_cast<std::uint64_t>(step + 1)) +
              field(7, field(1, std::uint64_t{1})));  // a session starts
}

void Events::close() { file_.close(); }

void Events::write(std::string_view event) {
    const std::string length = raw(static_cast<std::uint64_t>(event.size()));
    file_.write(io::bytes_of(fmt::format("{}{}{}{}", length, raw(masked_crc(length)), event, raw(masked_crc(event)))));
}

void Events::summary(Dim step, std::string_view value) {
    write(field(1, now()) + field(2, static_cast<std::uint64_t>(step)) + field(5, field(1, value)));
}

void Events::scalar(std::string_view tag, Dim step, double value) {
    summary(step, field(1, tag) + field(2, static_cast<float>(value)));
}

void Events::histogram(std::string_view tag, Dim step, std::span<const double> all) {
    std::vector<double> values;
    std::copy_if(all.begin(), all.end(), std::back_inserter(values), [](double v) { return std::isfinite(v); });
    require(!values.empty(), "Events::histogram", "no finite values; expected at least one", Site::current());
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    constexpr std::size_t buckets = 30;
    const double width = (*most - *least) / buckets;
    std::vector<double> limits(buckets), counts(buckets);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < buckets; ++i)
        limits[i] = i + 1 == buckets ? *most : *least + width * static_cast<double>(i + 1);
    for (const double v : values) {
        const double position = width > 0 ? (v - *least) / width : 0;
        ++counts[std::min(buckets - 1, static_cast<std::size_t>(position))];
        sum += v;
        squares += v * v;
    }
    const std::string histogram = field(1, *least) + field(2, *most) + field(3, static_cast<double>(values.size())) +
                                  field(4, sum) + field(5, squares) + field(6, packed(limits)) +
                                  field(7, packed(counts));
    summary(step, field(1, tag) + field(5, histogram));
}

void Events::text(std::string_view tag, Dim step, std::string_view markdown) {
    constexpr std::uint64_t data_type_string = 7;
    const std::string shape = field(2, field(1, std::uint64_t{1})),
                      plugin = field(1, field(1, "text"));  // one element; of the plugin "text"
    summary(step, field(1, tag) + field(9, plugin) +
                      field(8, field(1, data_type_string) + field(2, shape) + field(8, markdown)));
}

void Events::image(std::string_view tag, Dim step, Dim height, Dim width, Dim channels,
                   std::span<const std::uint8_t> pixels) {
    const std::string png = png_of(height, width, channels, pixels);
    summary(step,
            field(1, tag) +
                field(4, field(1, static_cast<std::uint64_t>(height)) + field(2, static_cast<std::uint64_t>(width)) +
                             field(3, static_cast<std::uint64_t>(channels)) + field(4, std::string_view(png))));
}

}  // namespace heed::training
