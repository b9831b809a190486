#pragma once
// A clip under the attention that was paid to it.
#include <span>
#include <string>
#include <heed/core/array.hpp>
#include <heed/nn/inspect/page.hpp>

namespace heed::frames {

// Puts the clip and its spectrogram under the page's weights, and times in the place of the steps' numbers. `features` are (1, frames, bands), frames
// begin `apart` seconds after each other, and a step of the encoder is `frames_a_step` of them. What no step heard is left out.
void put_under(inspect::Page& page, const Array& features, std::span<const float> samples, int rate, double apart, Dim frames_a_step);

}  // namespace heed::frames
