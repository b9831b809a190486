// Reading and writing NPZ archives, by libzip.
#include <algorithm>
#include <memory>
#include <zip.h>
#include <fmt/format.h>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/npz.hpp>

namespace heed::io {
namespace {

constexpr std::string_view suffix = ".npy";

struct Close {
    void operator()(::zip_t* archive) const { ::zip_discard(archive); }
    void operator()(::zip_file_t* entry) const { ::zip_fclose(entry); }
    void operator()(::zip_source_t* source) const { ::zip_source_free(source); }
};
using Archive = std::unique_ptr<::zip_t, Close>;
using Entry = std::unique_ptr<::zip_file_t, Close>;
using Source = std::unique_ptr<::zip_source_t, Close>;

struct Failure : ::zip_error_t {
    Failure() { ::zip_error_init(this); }
    ~Failure() { ::zip_error_fini(this); }
    Failure(const Failure&) = delete;
    Failure& operator=(const Failure&) = delete;
};

std::string entry_of(std::string_view name) { return "entry " + in_quotes(name); }

Archive open_archive(const std::string& path) {
    int code = 0;
    Archive archive(::zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
    if (archive) return archive;
    Failure failure;
    ::zip_error_init_with_code(&failure, code);
    if (code == ZIP_ER_EXISTS)
        refuse_file(path, "archive", "two entries have the same name");  // libzip finds them when it opens the file
    refuse_file(path, "archive",
                fmt::format("cannot be opened: {}; is it a complete NPZ file?", ::zip_error_strerror(&failure)));
}

// The entries' sizes when unpacked, all of them allowed.
std::vector<::zip_stat_t> checked_entries(::zip_t* archive, const InputFile& file, const NpzLimits& limits) {
    std::vector<::zip_stat_t> entries;
    CheckedSize total = 0;
    const CheckedSize by_ratio = CheckedSize(file.size()) * limits.ratio + limits.free;
    const std::uint64_t most = by_ratio.within(limits.bytes) ? by_ratio.value() : limits.bytes;
    for (::zip_int64_t i = 0, n = ::zip_get_num_entries(archive, 0); i < n; ++i) {
        ::zip_stat_t entry;
        constexpr ::zip_uint64_t needed =
            ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
        if (::zip_stat_index(archive, static_cast<::zip_uint64_t>(i), ZIP_FL_ENC_RAW, &entry) != 0 ||
            (entry.valid & needed) != needed)
            refuse_file(file.path(), fmt::format("entry {}", i),
                        "its position in the directory cannot be read; the file is damaged");
        const std::string where = entry_of(entry.name);
        if (!std::string_view(entry.name).ends_with(suffix))
            refuse_file(file.path(), where, "expected a name that ends in .npy");
        if (entry.encryption_method != ZIP_EM_NONE)
            refuse_file(file.path(), where, "is encrypted; save it without a password");
        if (entry.comp_method != ZIP_CM_STORE && entry.comp_method != ZIP_CM_DEFLATE)
            refuse_file(file.path(), where,
                        fmt::format("is packed by method {}; expected stored (0) or deflated (8)", entry.comp_method));
        total = total + entry.size;
        if (!total.within(most))
            refuse_file(
                file.path(), where,
                fmt::format("states {} bytes, which brings the archive above {}, the most for a file of {} bytes; "
                            "raise NpzLimits if it is to be trusted",
                            entry.size, most, file.size()));
        entries.push_back(entry);
    }
    return entries;
}

void read_exactly(::zip_file_t* entry, std::span<std::byte> to, const std::string& label) {
    while (!to.empty()) {
        const ::zip_int64_t n = ::zip_fread(entry, to.data(), to.size());
        if (n < 0) throw FileError(fmt::format("{}: cannot be unpacked: {}", label, ::zip_file_strerror(entry)));
        if (n == 0)
            throw FileError(fmt::format("{}: unpacks to fewer bytes than it states; the file is damaged", label));
        to = to.subspan(static_cast<std::size_t>(n));
    }
}

NpyArray read_entry(::zip_t* archive, const ::zip_stat_t& stat, const std::string& label) {
    const Entry entry(::zip_fopen_index(archive, stat.index, 0));
    if (!entry) throw FileError(fmt::format("{}: cannot be unpacked: {}", label, ::zip_strerror(archive)));
    std::vector<std::byte> start(std::min<std::uint64_t>(stat.size, npy_header_limit));
    read_exactly(entry.get(), start, label);
    const NpyHeader header = parse_npy_header(start, stat.size, label);
    NpyArray array = {header.dtype, header.shape, room_for(label, stat.size - header.data_begin)};
    std::copy(start.begin() + static_cast<std::ptrdiff_t>(header.data_begin), start.end(), array.bytes.begin());
    read_exactly(entry.get(), std::span(array.bytes).subspan(start.size() - header.data_begin), label);
    std::byte beyond;
    const ::zip_int64_t n = ::zip_fread(entry.get(), &beyond, 1);  // at the end libzip compares the checksum
    if (n < 0) throw FileError(fmt::format("{}: cannot be unpacked: {}", label, ::zip_file_strerror(entry.get())));
    if (n > 0)
        throw FileError(
            fmt::format("{}: unpacks to more than the {} bytes that it states; the file is damaged", label, stat.size));
    if (array.dtype == Dtype::BOOL) normalise_bools(array.bytes);
    return array;
}

[[noreturn]] void fail_to_write(const std::string& path, const char* reason) {
    throw IoError(fmt::format("{}: the archive cannot be put together: {}", path, reason));
}

// Hands the archive a copy of the bytes, which it frees.
void add_entry(::zip_t* archive, const std::string& path, const std::string& name, const std::string& header,
               Bytes data, NpzMethod method) {
    const std::size_t size = header.size() + data.size();
    std::unique_ptr<char, decltype(&std::free)> copy(static_cast<char*>(std::malloc(size)), &std::free);
    if (!copy) throw MemoryError(fmt::format("{}: the system does not give {} bytes for entry '{}'", path, size, name));
    std::copy(header.begin(), header.end(), copy.get());
    std::copy_n(reinterpret_cast<const char*>(data.data()), data.size(), copy.get() + header.size());
    ::zip_source_t* source = ::zip_source_buffer(archive, copy.get(), size, 1);
    if (!source) fail_to_write(path, ::zip_strerror(archive));
    copy.release();
    const ::zip_int64_t index = ::zip_file_add(archive, (name + std::string(suffix)).c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        ::zip_source_free(source);
        fail_to_write(path, ::zip_strerror(archive));
    }
    const auto at = static_cast<::zip_uint64_t>(index);
    constexpr ::zip_uint16_t first_of_january_1980 =
        0x21;  // zip's first day: the bytes must not depend on when they were written
    if (::zip_set_file_compression(archive, at, method == NpzMethod::stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0) != 0 ||
        ::zip_file_set_dostime(archive, at, 0, first_of_january_1980, 0) != 0)
        fail_to_write(path, ::zip_strerror(archive));
}

}  // namespace

std::map<std::string, NpyArray> read_npz(const std::string& path, const NpzLimits& limits) {
    const InputFile file(path);  // refuses what is no regular file
    const Archive archive = open_archive(path);
    std::map<std::string, NpyArray> arrays;
    for (const ::zip_stat_t& entry : checked_entries(archive.get(), file, limits)) {
        const std::string_view name = entry.name;
        arrays.emplace(name.substr(0, name.size() - suffix.size()),
                       read_entry(archive.get(), entry, path + ": " + entry_of(name)));
    }
    return arrays;
}

void write_npz(const std::string& path, const std::map<std::string, NpzSource>& arrays, NpzMethod method) {
    if (arrays.empty()) throw RangeError(fmt::format("write_npz: {}: no array is given; expected at least one", path));
    Failure failure;
    Source packed(::zip_source_buffer_create(nullptr, 0, 0, &failure));
    if (!packed) fail_to_write(path, ::zip_error_strerror(&failure));
    Archive archive(::zip_open_from_source(packed.get(), ZIP_TRUNCATE, &failure));
    if (!archive) fail_to_write(path, ::zip_error_strerror(&failure));
    ::zip_source_keep(packed.get());  // closing the archive drops one
    for (const auto& [name, array] : arrays) {
        const std::string header = npy_header(path, array.dtype, array.shape);
        const auto bytes = static_cast<std::size_t>(array.shape.count()) * size_of(array.dtype);
        add_entry(archive.get(), path, name, header, {static_cast<const std::byte*>(array.data), bytes}, method);
    }
    if (::zip_close(archive.get()) != 0) fail_to_write(path, ::zip_strerror(archive.get()));
    archive.release();

    ::zip_stat_t stat;
    if (::zip_source_stat(packed.get(), &stat) != 0 || ::zip_source_open(packed.get()) != 0)
        fail_to_write(path, "its bytes are gone");
    std::vector<std::byte> content = room_for(path, stat.size);
    const ::zip_int64_t n = ::zip_source_read(packed.get(), content.data(), content.size());
    ::zip_source_close(packed.get());
    if (n != static_cast<::zip_int64_t>(content.size())) fail_to_write(path, "its bytes cannot be read back");
    write_atomically(path, content);
}

}  // namespace heed::io
