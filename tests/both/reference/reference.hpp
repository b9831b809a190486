#pragma once
// Cases that PyTorch has computed, beside heed's call. tools/make_reference describes the files in tests/reference.
#include <string>
#include <vector>
#include <heed/core/io/safetensors.hpp>
#include <heed/ops/ops.hpp>

namespace heed::reference {

// The operands of one case. They are leaves where the file has a gradient for them, else constants.
class HEED_ABI Given {
public:
    Given(const io::SafetensorsReader& file, const std::string& name);
    const Var& operator[](std::size_t k) const { return values_.at(k); }
    const Ints& ints(std::size_t k) const { return ints_.at(k); }
    std::size_t size() const { return values_.size(); }

private:
    std::vector<Var> values_;  // operand k; either this or ints_[k] is empty
    std::vector<Ints> ints_;
};

// What comes out of a case: one value, or several.
struct HEED_ABI Outputs {
    std::vector<Var> list;
    Outputs(Var one) : list{std::move(one)} {}
    Outputs(std::vector<Var> several) : list(std::move(several)) {}
    Outputs(std::initializer_list<Var> several) : list(several) {}
    Outputs(const Ordered& ordered) : list{ordered.values, of(ordered.indices)} {}
    static Var of(const Ints& x);  // indices as Reals
};

// Cases OP/NAME that are one call of heed on the operands of each.
struct HEED_ABI Cases {
    std::string op;
    std::vector<std::string> names;
    Outputs (*call)(const Given& in);
    template <class F>
    Cases(const char* its_op, std::vector<std::string> its_names, F)
        : op(its_op), names(std::move(its_names)), call([](const Given& in) -> Outputs { return F{}(in); }) {}
};

// Defining one at namespace scope enrols the cases of tests/reference/FILE.safetensors.
struct HEED_ABI Table {
    std::string file;
    std::vector<Cases> list;
    Table(const char* its_file, std::vector<Cases> its_cases);
    static std::vector<const Table*>& all();
};

}  // namespace heed::reference
