#pragma once
// Reading audio files into samples: WAV, FLAC and OGG through libsndfile, mixed to one channel, at any rate.
#include <string>
#include <vector>

namespace heed::audio {

struct Clip {
    std::vector<float> samples;         // the mean of all channels; full scale is 1
    int rate = 0;                       // samples a second
    std::vector<std::string> warnings;  // defects that were tolerated, such as half a sample at the end
    bool complete = true;               // else the first warning states how much less there is than the header promises
};

// Reads block by block to the end of the file, whatever length the header states. A length that a writer to a pipe
// could not know (0, or about 2 or 4 GiB in a WAV) is taken from the file's size, and a clip from a file that was cut
// short is not `complete`. Throws FileError, naming the file, for what is missing, no WAV, FLAC or OGG (RF64, W64 and
// others by their names), damaged, without samples, longer than `longest` seconds, of more than 16 channels, or of a
// rate outside 1,000 to 192,000 Hz. Samples may be NaN or infinite: that is found by LogMel.
Clip read_audio(const std::string& path, double longest = 60);

}  // namespace heed::audio
