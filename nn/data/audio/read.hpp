#pragma once
// Sound files as numbers: WAV, FLAC and OGG through libsndfile, mixed to one channel, at any rate.
#include <string>
#include <vector>

namespace heed::audio {

struct Clip {
    std::vector<float> samples;         // of all channels' mean; full scale is 1
    int rate = 0;                       // samples a second
    std::vector<std::string> warnings;  // what was made do with, such as half a sample at the end
    bool complete = true;               // else the first warning says how much less there is than the header promises
};

// Reads block by block, as far as the file goes, whatever it says about its length: one that a pipe's writer could not know (0, or about 2 or 4 GiB
// in a WAV) is that of the file, and of a file that was cut short the clip says so. Throws FileError, naming the file, for what is missing, no
// WAV, FLAC or OGG (RF64, W64 and others by their names), damaged, without samples, longer than `longest` seconds, of more than 16 channels, or of a
// rate outside 1,000 to 192,000 Hz. Samples may be NaN or infinite: that is found by LogMel.
Clip read_audio(const std::string& path, double longest = 60);

}  // namespace heed::audio
