#pragma once
// Standard input, output and error of a process that was started without one of them (`program 2>&-`).

namespace heed::io {

// The system gives the lowest free number to the next file that is opened: without this, a lock or a model would become
// what progress and messages are written to. Call it before a program opens anything: run_main() of the trainers does,
// and a RunFolder before its lock. What is closed becomes /dev/null: reading from it and writing results to it fail, as
// they would have; messages to standard error are lost.
void reserve_standard_files();

}  // namespace heed::io
