#pragma once
// Measures the time and the memory of a workload.
#include <heed/bench/workload.hpp>

namespace heed::bench {

struct Timing {
    double budget = 3;  // seconds of repetitions
    Dim min_reps = 20;
};

double resident_mb();  // memory of this process

// Runs the workload again and again; a line of JSON with the fields of bench_torch.py. `start_mb`: resident_mb() before
// any work.
std::string measure(const Workload& w, const Timing& timing, double start_mb);

}  // namespace heed::bench
