// One setting of a program.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/training/settings/setting.hpp>

namespace heed::training {

Setting& Setting::within(double least, double most) {
    most_ = most, above_ = false;
    return with(least_, least);
}
Setting& Setting::above(double least) {
    above_ = true;
    return with(least_, least);
}
Setting& Setting::one_of(std::vector<std::string> texts) { return with(texts_, std::move(texts)); }
Setting& Setting::required() { return with(required_, true); }
Setting& Setting::zero_unless_given() { return with(zero_, true); }
Setting& Setting::added_later(Value before) {
    if (before.index() != value().index())
        throw RangeError(fmt::format("Settings: what '{}' was before is of another type", name_));
    return with(before_, std::move(before));
}
Setting& Setting::formerly(std::string name) { return with(former_, std::move(name)); }
Setting& Setting::may_change() { return with(changes_, true); }
Setting& Setting::no_flag() { return with(flagged_, false); }
Setting& Setting::of_data() { return with(kind_, Kind::data).no_flag(); }
Setting& Setting::of_call() { return with(kind_, Kind::call); }
Setting& Setting::decides_new_runs() { return with(kind_, Kind::new_run); }
Setting& Setting::negated(std::string flag) { return with(negated_, std::move(flag)); }
Setting& Setting::positional() { return with(positional_, true); }

Value Setting::value() const {
    return std::visit(
        []<class T>(const T* value) -> Value {
            if constexpr (std::is_same_v<T, std::filesystem::path>) return value->string();
            else if constexpr (!requires { value->has_value(); }) return *value;
            else return std::string();
        },
        target_);
}

void Setting::set(const Value& to) const {
    std::visit(
        [&]<class T>(T* value) {
            if constexpr (std::is_same_v<T, std::filesystem::path>) *value = std::get<std::string>(to);
            else if constexpr (!requires { value->has_value(); }) *value = std::get<T>(to);
        },
        target_);
}

std::string Setting::flag() const {
    std::string text = positional_ ? name_ : "--" + name_;
    if (!positional_) std::ranges::replace(text, '_', '-');
    return text;
}

bool Setting::takes(double value) const {
    return std::isfinite(value) && (above_ ? value > least_ : value >= least_) && value <= most_;
}

std::string Setting::range() const {
    if (above_)
        return std::isfinite(most_) ? fmt::format("above {}, to {}", least_, most_) : fmt::format("above {}", least_);
    return fmt::format("{} to {}", least_, most_);
}

bool Setting::is_on() const {
    const auto* flag = std::get_if<bool*>(&target_);
    return flag && **flag;
}

bool Setting::has_no_text() const {
    return std::visit(
        []<class T>(const T* value) {
            if constexpr (requires { value->empty(); }) return value->empty();
            else return false;
        },
        target_);
}

bool Setting::is_in(SettingsFile file) const {
    return kind_ == Kind::run || (kind_ == Kind::data && file == SettingsFile::model);
}

}  // namespace heed::training
