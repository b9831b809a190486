// Arrays as text.
#include <ostream>
#include <vector>
#include <fmt/format.h>
#include <heed/core/format.hpp>

namespace heed {
namespace {

constexpr Dim most_elements = 1000, edge = 3;

// Prints the elements twice: once for the widest, then aligned to it.
template <class T>
class Printer {
public:
    Printer(const ArrayOf<T>& x, std::string_view element)
        : shape_(x.shape()), values_(x.storage().data()), cut_(shape_.count() > most_elements),
          element_(element.empty() ? std::is_floating_point_v<T> ? "{:.6g}" : "{}" : fmt::format("{{:{}}}", element)) {}

    std::string text() {
        print(0, 0);  // finds the width
        text_.clear();
        print(0, 0);
        if (cut_ || shape_.count() == 0) text_ += fmt::format(", shape {}", to_string(shape_));
        return std::move(text_);
    }

private:
    void print(std::size_t axis, Dim offset) {
        if (axis == shape_.size()) {
            const std::string one = fmt::format(fmt::runtime(element_), values_[offset]);
            width_ = std::max(width_, one.size());
            text_ += fmt::format("{:>{}}", one, width_);
            return;
        }
        const Dim n = shape_[axis];
        const std::size_t inner = shape_.size() - axis - 1;
        std::string separator = ",";
        if (inner > 0) separator += std::string(inner, '\n') + std::string(axis + 1, ' ');
        else separator += ' ';
        text_ += '[';
        for (Dim i = 0; i < n; ++i) {
            if (i > 0) text_ += separator;
            if (cut_ && n > 2 * edge && i == edge) {
                text_ += "..." + separator;
                i = n - edge;
            }
            print(axis + 1, offset * n + i);
        }
        text_ += ']';
    }

    Shape shape_;
    const T* values_;
    bool cut_;
    std::string element_, text_;
    std::size_t width_ = 0;
};

}  // namespace

std::string to_string(const Array& x, std::string_view element) { return Printer<Real>(x, element).text(); }
std::string to_string(const Ints& x, std::string_view element) { return Printer<std::int64_t>(x, element).text(); }
std::string to_string(const Var& x, std::string_view element) {
    return x.defined() ? to_string(x.value(), element) : "an empty Var";
}

std::string to_string(const Shape& shape, std::string_view format) {
    return fmt::format(fmt::runtime(fmt::format("{{:{}}}", format)), to_string(shape));
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }
std::ostream& operator<<(std::ostream& out, const Array& x) { return out << to_string(x); }
std::ostream& operator<<(std::ostream& out, const Ints& x) { return out << to_string(x); }
std::ostream& operator<<(std::ostream& out, const Var& x) { return out << to_string(x); }

}  // namespace heed
