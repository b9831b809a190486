#pragma once
// Files that grow while a program runs, such as logs: what was written before a crash stays, the last piece perhaps cut
// short.
#include <string>
#include <heed/core/io/file.hpp>

namespace heed::io {

class AppendFile {
public:
    enum class Use { fresh, append };
    // fresh: the file must not be there yet. append: appends to what is there, if anything is. Throws IoError, as all
    // members do.
    AppendFile(std::string path, Use use);

    const std::string& path() const { return path_; }
    void write(Bytes bytes);  // hands all of it to the system; nothing waits in a buffer
    void close();  // some file systems report only now that a write failed; a file that just ends is closed unchecked

private:
    std::string path_;
    Descriptor file_;
};

}  // namespace heed::io
