// The data kits: a score of a translation, a file that is no database, a sound that is written and read, and an image
// of two grey pixels.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/wav.hpp>
#include <heed/nn/data/database/database.hpp>
#include <heed/nn/data/image/png.hpp>
#include <heed/nn/data/text/metrics/bleu.hpp>

const unsigned char png[] = {137, 80, 78,  71,  13, 10, 26, 10,  0,   0,  0,  13,  73,  72,  68, 82, 0,
                             0,   0,  2,   0,   0,  0,  1,  8,   0,   0,  0,  0,   209, 73,  32, 86, 0,
                             0,   0,  11,  73,  68, 65, 84, 120, 156, 99, 80, 249, 15,  0,   1,  74, 1,
                             36,  35, 142, 220, 8,  0,  0,  0,   0,   73, 69, 78,  68,  174, 66, 96, 130};

void write(const std::filesystem::path& path, const void* from, std::size_t bytes) {
    std::ofstream(path, std::ios::binary).write(static_cast<const char*>(from), static_cast<std::streamsize>(bytes));
}

int main() {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "heed_kits";
    std::filesystem::create_directories(folder);

    heed::text::Bleu bleu;
    bleu.add("a man rides a bicycle", "a man rides a bicycle", {});

    const std::string wav = heed::audio::wav_of(std::vector<float>{0, 0.5f, -0.5f}, 8000);
    write(folder / "sound.wav", wav.data(), wav.size());
    const heed::audio::Clip clip = heed::audio::read_audio((folder / "sound.wav").string());

    write(folder / "two.png", png, sizeof png);
    const heed::image::Image image = heed::image::read_png((folder / "two.png").string());

    bool refused = false;
    try {
        heed::database::Database(folder / "two.png");
    } catch (const heed::FileError&) {
        refused = true;
    }

    std::filesystem::remove_all(folder);
    std::printf("BLEU %.1f, %zu samples at %d, pixels %d and %d\n", bleu.score(), clip.samples.size(), clip.rate,
                image.values[0], image.values[1]);
    const bool right = refused && bleu.score() > 99.9 && clip.samples.size() == 3 && clip.samples[1] == 0.5f &&
                       image.values == std::vector<std::uint8_t>{36, 255};
    return right ? 0 : 1;
}
