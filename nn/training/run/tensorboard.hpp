#pragma once
// TensorBoard's event files: curves, images, histograms and texts of a run, for `tensorboard --logdir FOLDER`. Format:
// https://github.com/tensorflow/tensorboard (tensorboard/compat/proto/{event,summary}.proto) in records of TFRecord:
// u64 length, masked CRC-32C of it, bytes, masked CRC-32C of them.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <heed/core/io/append.hpp>
#include <heed/core/real.hpp>

namespace heed::training {

class Events {
public:
    // Begins a file of its own in `folder`. A run that continues after step `step` > 0 tells TensorBoard to discard
    // what an earlier file holds beyond it. Throws IoError, as all members do.
    explicit Events(const std::filesystem::path& folder, Dim step = 0);

    void scalar(std::string_view tag, Dim step, double value);
    void histogram(std::string_view tag, Dim step,
                   std::span<const double> values);  // of the finite ones: 30 buckets of equal width
    void text(std::string_view tag, Dim step, std::string_view markdown);
    // Row-major, each pixel `channels` bytes: 1 grey, 3 red green blue. Throws RangeError for sizes that do not fit.
    void image(std::string_view tag, Dim step, Dim height, Dim width, Dim channels,
               std::span<const std::uint8_t> pixels);
    void close();  // checked; see AppendFile

private:
    void write(std::string_view event);
    void summary(Dim step, std::string_view value);
    io::AppendFile file_;
};

// The pixels as a PNG file that is not compressed; see Events::image().
std::string png_of(Dim height, Dim width, Dim channels, std::span<const std::uint8_t> pixels);

}  // namespace heed::training
