// Runs a fuzz target where there is no libFuzzer: on each file of its corpus as it is, then on changed ones. Input
// number n is a function of the corpus, the seed and n alone, so that a failure is reproduced by its number.
//   fuzz_NAME CORPUS [--runs N] [--seed N] [--first N] [--write FILE]
// --write puts input number --first into FILE and runs nothing.
// Exit code 0 if every input was read or refused, within 64 MB.
#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>
#include <vector>
#include <fmt/format.h>
#include <sys/resource.h>
#include <heed/core/base/random.hpp>
#include <heed/core/io/file.hpp>
#include <heed/core/io/standard_files.hpp>
#include <heed/tests/fuzz/target.hpp>
#include <heed/tests/sanitizer.hpp>
#ifdef HEED_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace {

using heed::RandomStream;
using Content = std::vector<std::uint8_t>;

constexpr const char* usage = "usage: fuzz_NAME CORPUS [--runs N] [--seed N] [--first N] [--write FILE]";

struct Options {
    std::filesystem::path corpus;
    std::uint64_t runs = 2000, seed = 1, first = 0;
    std::string write;
};

Options parse(int argc, char** argv) {
    Options o;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (!name.starts_with("--")) {
            o.corpus = name;
            continue;
        }
        const std::string value = ++i < argc ? argv[i] : "";
        if (name == "--write") {
            o.write = value;
            continue;
        }
        std::uint64_t* option = name == "--runs"    ? &o.runs
                                : name == "--seed"  ? &o.seed
                                : name == "--first" ? &o.first
                                                    : nullptr;
        const char* end = value.data() + value.size();
        if (!option || std::from_chars(value.data(), end, *option).ptr != end || value.empty())
            throw std::runtime_error(fmt::format("'{} {}' is not understood; {}", name, value, usage));
    }
    return o;
}

std::vector<Content> read_corpus(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Content> corpus;
    for (const auto& path : paths) {
        const auto bytes = heed::io::read_file(path.string(), std::uint64_t{1} << 20);
        Content& content = corpus.emplace_back(bytes.size());
        std::transform(bytes.begin(), bytes.end(), content.begin(),
                       [](std::byte b) { return static_cast<std::uint8_t>(b); });
    }
    if (corpus.empty()) throw std::runtime_error(folder.string() + ": holds no files");
    return corpus;
}

// Changes bytes, integers of several widths, digits, the order of parts, and the length.
class Changes {
public:
    Changes(const std::vector<Content>& corpus, std::uint64_t seed, std::uint64_t n)
        : corpus_(corpus), random_({seed, n}, 0) {}

    Content make() {
        Content x = pick();
        for (std::uint64_t i = below(4); i < 4; ++i) change(x);
        return x;
    }

private:
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : random_.bits(drawn_++) % n; }
    const Content& pick() { return corpus_[below(corpus_.size())]; }
    // headers come first
    std::size_t position_in(const Content& x) {
        return below(2) ? below(x.size()) : below(std::min<std::size_t>(x.size(), 64));
    }

    void change(Content& x) {
        const std::size_t at = position_in(x), left = x.size() - at, n = std::min(left, 1 + below(below(2) ? 4 : 64));
        const auto here = x.begin() + static_cast<std::ptrdiff_t>(at);
        switch (below(9)) {
        case 0: x.erase(here, here + static_cast<std::ptrdiff_t>(n)); break;
        case 1: x.resize(at); break;
        case 2: insert(x, position_in(x), Content(here, here + static_cast<std::ptrdiff_t>(n))); break;
        case 3: set_number(x, at); break;
        case 4: set_digit(x, at); break;
        case 5: insert(x, at, token()); break;
        case 6: {
            const Content& other = pick();
            const std::size_t from = position_in(other);
            insert(x, at, Content(other.begin() + static_cast<std::ptrdiff_t>(from), other.end()));
            break;
        }
        case 7:
            if (left > 0) *here ^= static_cast<std::uint8_t>(1u << below(8));
            break;
        default:
            if (left > 0) *here = static_cast<std::uint8_t>(below(256));
        }
    }
    static void insert(Content& x, std::size_t at, const Content& what) {
        if (x.size() + what.size() <= std::size_t{1} << 20)
            x.insert(x.begin() + static_cast<std::ptrdiff_t>(at), what.begin(), what.end());
    }
    void set_number(Content& x, std::size_t at) {
        constexpr std::array<std::uint64_t, 12> edges = {
            0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, ~std::uint64_t{0}};
        const std::uint64_t value = edges[below(edges.size())] + below(3) - 1;
        const std::size_t width = std::size_t{1} << below(4);
        const bool big = below(2);
        for (std::size_t i = 0; i < width && at + i < x.size(); ++i)
            x[at + i] = static_cast<std::uint8_t>(value >> 8 * (big ? width - 1 - i : i));
    }
    void set_digit(Content& x, std::size_t at) {
        const auto digit = std::find_if(x.begin() + static_cast<std::ptrdiff_t>(at), x.end(),
                                        [](std::uint8_t c) { return '0' <= c && c <= '9'; });
        if (digit != x.end()) *digit = static_cast<std::uint8_t>('0' + below(10));
    }
    Content token() {
        static const std::vector<std::string> tokens = {"\"",
                                                        "\\",
                                                        "{",
                                                        "}",
                                                        "[",
                                                        "]",
                                                        ":",
                                                        ",",
                                                        "'",
                                                        "(",
                                                        ")",
                                                        "\n",
                                                        "\r",
                                                        "\t",
                                                        std::string(1, '\0'),
                                                        "\xff",
                                                        "\xc3",
                                                        "\xef\xbb\xbf",
                                                        "\xed\xa0\x80",
                                                        "1e999",
                                                        "-1",
                                                        "null",
                                                        "true",
                                                        "18446744073709551616",
                                                        "\\u0000",
                                                        "\\ud800",
                                                        "[[[[[[[[",
                                                        ";;;",
                                                        " A"};
        const std::string& text = tokens[below(tokens.size())];
        return {text.begin(), text.end()};
    }

    const std::vector<Content>& corpus_;
    RandomStream random_;
    std::uint64_t drawn_ = 0;
};

// The text to print when an input ends the program: its number.
std::array<char, 160> last_words;

void say_last_words() {
    const ::ssize_t done = ::write(STDERR_FILENO, last_words.data(), std::strlen(last_words.data()));
    (void)done;
}

extern "C" void on_fatal_signal(int number) {
    say_last_words();
    ::_exit(128 + number);
}

double peak_megabytes() {
    ::rusage used = {};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_maxrss) / 1024;
}

int run(const Options& o) {
    const std::vector<Content> corpus = read_corpus(o.corpus);
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) std::signal(number, on_fatal_signal);
#ifdef HEED_ADDRESS_SANITIZER
    ::__sanitizer_set_death_callback(say_last_words);
#endif
    const double before = peak_megabytes();
    for (std::uint64_t n = o.first; n < o.first + o.runs; ++n) {
        const Content input = n < corpus.size() ? corpus[n] : Changes(corpus, o.seed, n).make();
        if (!o.write.empty()) {
            heed::io::write_atomically(o.write, std::as_bytes(std::span(input)));
            return 0;
        }
        *fmt::format_to_n(last_words.data(), last_words.size() - 1, "fuzz: that was --first {} --seed {} --runs 1\n", n,
                          o.seed)
             .out = '\0';
        ::alarm(60);  // no input may take longer
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    ::alarm(0);
    const double took = peak_megabytes() - before;
    const std::uint64_t read = heed::fuzz::accepted;
    fmt::print("{} inputs: {} read, {} refused; {:.0f} MB more than before at most\n", o.runs, read, o.runs - read,
               took);
#ifndef HEED_SANITIZED  // which keep what was freed
    if (took > 64) throw std::runtime_error("more than 64 MB for a small file");
#endif
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        heed::io::reserve_standard_files();
        return run(parse(argc, argv));
    } catch (const std::exception& error) {
        fmt::print(stderr, "fuzz: {}\n", error.what());
        say_last_words();
        return 1;
    }
}
