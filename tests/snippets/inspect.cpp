// Where models of one's own looked: pages for a text, a picture and a sound. Usage: inspect FOLDER; writes text.html,
// picture.html and sound.html there. The text is one that would break a careless page.
#include <cmath>
#include <filesystem>
#include <heed/heed.hpp>
#include <heed/nn/inspect/page/write.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
using namespace heed;

namespace {

// [model]
struct Reader {  // any model: it knows nothing of pages
    nn::Embedding symbol;
    nn::SinusoidalPositions position;
    nn::TransformerEncoder encoder;
    explicit Reader(const nn::Params& p)
        : symbol(p / "symbol", 100, 32), position(100, 32), encoder(p / "encoder", 2, 32, 4) {}
    Var operator()(const Ints& text) const { return encoder(position(symbol(text))); }
};
// [end]

Ints numbers_of(std::size_t n) {
    Ints text = Ints::from_shape({1, static_cast<Dim>(n)});
    for (Dim i = 0; i < static_cast<Dim>(n); ++i) text(0, i) = i;
    return text;
}

void page_of_a_text(const std::filesystem::path& folder) {
    const std::vector<std::string> tokens = {"</script><script>hacked = 1</script>",
                                             "<img src=x onerror=\"hacked = 1\">",
                                             "<!--",
                                             "]]>",
                                             "\"'&amp;\\",
                                             std::string("\0\x01\x1b[31m", 7),
                                             "\xe2\x80\xa8\xe2\x80\xa9",
                                             "\xe2\x80\xaetxt.exe",
                                             "\xff\xc0\x80",
                                             "a\nb",
                                             " ",
                                             "",
                                             "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
                                             "{{data}} ${hacked}"};
    const nn::Params params(1);
    const Reader model(params);
    const Ints text = numbers_of(tokens.size());
    // [text]
    const Lenses lenses;  // while it lives, every attention of this thread is seen
    model(text);
    const inspect::Page page = inspect::page_of(lenses, "What my model reads", {{.queries = tokens}});
    inspect::write_html(folder / "text.html", page);
    inspect::write_svg(folder / "text.svg", page);
    inspect::write_bertviz_json(folder / "text.json", page);
    // [end]
}

void page_of_a_picture(const std::filesystem::path& folder) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 24 * 32; ++i) pixels.push_back(static_cast<std::uint8_t>(i % 251));
    const nn::Params params(2);
    const Reader model(params);
    // [picture]
    const Lenses lenses;
    model(numbers_of(12));  // its keys are 3 x 4 patches
    inspect::Page page = inspect::page_of(lenses, "A picture");
    page.image = {training::png_of(24, 32, 1, pixels), 3, 4};
    page.layers.push_back(inspect::roll_out(page.layers));
    inspect::write_html(folder / "picture.html", page);
    // [end]
}

// Half a second of a tone, as a WAV file of 16 bits.
std::string tone() {
    constexpr std::uint32_t rate = 8000, n = 4000;
    const auto bytes = [](std::uint32_t value, int size) {
        std::string out;
        for (int i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
        return out;
    };
    std::string wav = "RIFF" + bytes(36 + 2 * n, 4) + "WAVEfmt " + bytes(16, 4) + bytes(1, 2) + bytes(1, 2) +
                      bytes(rate, 4) + bytes(2 * rate, 4) + bytes(2, 2) + bytes(16, 2) + "data" + bytes(2 * n, 4);
    for (std::uint32_t i = 0; i < n; ++i)
        wav += bytes(static_cast<std::uint32_t>(std::lround(8000 * std::sin(0.35 * i))), 2);
    return wav;
}

void page_of_a_sound(const std::filesystem::path& folder) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 20 * 40; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 7 % 256));
    const nn::Params params(3);
    const Reader model(params);
    const Lenses lenses;
    model(numbers_of(20));
    inspect::Page page = inspect::page_of(lenses, "A sound");
    page.recording = {.wav = tone(), .spectrogram = training::png_of(20, 40, 1, pixels), .steps = 20, .seconds = 0.5};
    inspect::write_html(folder / "sound.html", page);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::filesystem::create_directories(argv[1]);
    page_of_a_text(argv[1]);
    page_of_a_picture(argv[1]);
    page_of_a_sound(argv[1]);
}
