#!/usr/bin/env python3
"""Attention over a sequence whose stretches the processes of mpirun hold: the same bits of the result and of the gradients for each number of them;
and what an error in one of them ends.

  attention_in_processes.py ATTEND_IN_PROCESSES MPIRUN

Exit code 0 if all that holds, 77 where there is no mpirun.
"""
import subprocess
import sys

import processes as mpi
from processes import check

program, mpirun = sys.argv[1:]
mpi.require(mpirun)
stretches = 8


def attend(processes, score, length=2100):  # stretches of 512 positions, of which the last one has 52 and three have none
    """-> the exit code, the lines of the stretches, what else was printed."""
    done = subprocess.run(mpi.command(mpirun, processes, [program, str(length), str(stretches), score]), capture_output=True, text=True, timeout=300)
    lines = done.stdout.splitlines()
    return done.returncode, sorted(line for line in lines if line.startswith("stretch")), done.stderr


for score in "causal", "additive", "lambda":
    code, whole, text = attend(0, score)
    check(f"{score}: one process, without mpirun", code == 0 and len(whole) == stretches and len(set(whole)) == stretches, text)
    for processes in 2, 4:
        code, found, text = attend(processes, score)
        check(f"{score}: {processes} processes have its bits", code == 0 and found == whole, text)
code, found, text = attend(4, "causal", 300)
whole, other = (attend(0, score, 300)[1] for score in ("causal", "lambda"))
check("processes without a position have its bits, too", code == 0 and found == whole != other, text)
code, _, text = attend(3, "causal")
check("a number of processes that does not divide the stretches", code == 1 and "Stretches: 3 processes and count is 8" in text, text)
code, _, text = attend(4, "fails", 4096)
check("an error in one process ends those that wait for it in attention, with its exit code", code == 74 and "rank 1: no such luck" in text, text)  # mpirun ends what has not printed yet
mpi.end()
