// Data prepared of a folder of many files: found again, refused where one of the files changed, and made anew of
// others.
#include <filesystem>
#include <fstream>
#include <heed/nn/program/prepare.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;

namespace {

void put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// The sizes of 200 files of a folder, as ids.
struct Sizes {
    TemporaryFolder folder;
    std::vector<std::string> files;
    int made = 0;

    Sizes() {
        std::filesystem::create_directory(folder / "data");
        for (int i = 0; i < 200; ++i) {
            files.push_back(folder / "data/" + std::to_string(1000 + i));
            put(files.back(), std::string(static_cast<std::size_t>(10 + i), 'a'));
        }
    }
    std::vector<std::int64_t> read(const std::function<void()>& meanwhile = {}) {
        const program::Launch launch{.prepared = folder / "prepared"};
        const program::Preparation what{.kind = "sizes", .files = files, .folder = folder / "data"};
        const auto make = [&](program::Making& making) {
            ++made;
            data::PreparedWriter writer(making.path(), 1000);
            for (const std::string& file : files) {
                const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file));
                writer.add({&size, 1});
            }
            if (meanwhile) meanwhile();
            return making.finish(writer, {});
        };
        return program::prepare(launch, what, make).ids().ids().vector();
    }
};

}  // namespace

TEST_CASE("prepare: a folder's data are found again, also where files were touched", "[data]") {
    Sizes sizes;
    const std::vector<std::int64_t> first = sizes.read();
    CHECK(first.size() == 200);
    CHECK(first[7] == 17);
    put(sizes.files[7], std::string(17, 'a'));  // another time
    CHECK(sizes.read() == first);
    CHECK(sizes.made == 1);
}

TEST_CASE("prepare: a folder with a file that changed is refused, and named with what was made of it", "[data]") {
    Sizes sizes;
    sizes.read();
    const int changed =
        GENERATE(1, 2, 100);  // the first and the last file are among the 64 that are sampled, these not
    put(sizes.files[static_cast<std::size_t>(changed)], std::string(static_cast<std::size_t>(10 + changed), 'b'));
    CHECK_THAT(error_of<data::ChangedError>([&] { sizes.read(); }),
               Containing(sizes.folder / "data: changed since it was prepared: remove " + sizes.folder.path() +
                          "/prepared/sizes-"));
    CHECK(sizes.made == 1);
    put(sizes.files[199], std::string(209, 'b'));  // by the sample, other data
    CHECK(sizes.read().size() == 200);
    CHECK(sizes.made == 2);
}

TEST_CASE("prepare: other sizes, other names and fewer files are other data", "[data]") {
    Sizes sizes;
    const std::vector<std::int64_t> first = sizes.read();
    put(sizes.files[3], std::string(500, 'a'));
    std::vector<std::int64_t> longer = first;
    longer[3] = 500;
    CHECK(sizes.read() == longer);
    sizes.files.pop_back();
    CHECK(sizes.read().size() == 199);
    CHECK(sizes.made == 3);
}

TEST_CASE("prepare: a file that changes while the data are made is refused, and leaves nothing", "[data]") {
    Sizes sizes;
    CHECK_THAT(error_of<data::ChangedError>([&] { sizes.read([&] { put(sizes.files[150], std::string(160, 'b')); }); }),
               Containing(sizes.folder / "data: changed while it was prepared"));
    CHECK(std::filesystem::is_empty(sizes.folder / "prepared"));
    CHECK(sizes.read().size() == 200);
}
