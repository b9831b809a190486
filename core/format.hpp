#pragma once
// Printing by fmt: fmt::print("{}", shape) and fmt::print("{}", var). For those who want it; heed.hpp does without.
#include <fmt/format.h>
#include <heed/core/var.hpp>

// "(2, 3)"; width and alignment as for text.
template <>
struct fmt::formatter<heed::Shape> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const heed::Shape& shape, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(heed::to_string(shape), context);
    }
};

// "'first.weight' (2, 3): 0.1, 0.2, 0.3, ..., 0.6": a leaf's name, the shape, the first elements and the last one.
template <>
struct fmt::formatter<heed::Var> : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(const heed::Var& x, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(text(x), context);
    }

private:
    static std::string text(const heed::Var& x) {
        if (!x) return "an empty Var";
        constexpr heed::Dim first = 6;
        std::string text = x.is_leaf() ? fmt::format("'{}' {}", x.name(), x.shape()) : fmt::format("{}", x.shape());
        const heed::Real* values = x.value().storage().data();
        const heed::Dim n = x.size(), shown = n <= first + 1 ? n : first;
        for (heed::Dim i = 0; i < shown; ++i) text += fmt::format("{}{:.6g}", i ? ", " : ": ", values[i]);
        if (shown < n) text += fmt::format(", ..., {:.6g}", values[n - 1]);
        return text;
    }
};
