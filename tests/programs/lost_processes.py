#!/usr/bin/env python3
"""Loses processes of a run while it trains: killed or stopped, under plain mpirun and where it lets the others live on. Each of the others ends with
exit code 75 and names the lost one, no file is half-written, and the resumed run has the bits of one that nothing disturbed. What is only slow, or
stopped as a whole, is not lost.

  lost_processes.py TRAIN_IN_PROCESSES MPIRUN

Exit code 0 if all that holds, 77 where there is no mpirun.
"""
import signal
import sys
import time

import processes as mpi
from lost_runs import Job, check_resumed, run, said, words
from processes import check

program, mpirun = sys.argv[1:]
mpi.require(mpirun)

job = Job(program, mpirun, "stopped", 2)
job.send(signal.SIGSTOP, 1)
code, text = job.end()
check("a stopped process ends the job with exit code 75", code == 75 and said(text, 1) == 1, f"{code} {text}")
check_resumed(program, "stopped")

if not mpi.is_open_mpi(mpirun):
    print("not run: kill -9 of the leading process, the others live on: mpirun of MPICH ends them", flush=True)
else:
    job = Job(program, mpirun, "killed", 4, "--enable-recovery")
    job.send(signal.SIGKILL, 0)
    code, text = job.end()
    codes = job.codes_of(4)
    least = 1 if "(Open MPI) 5" in mpi.version(mpirun) else 3  # that of OpenMPI 5 ends with the first of them: what the others print then is lost
    check("kill -9 of the leading process, the others live on", codes == {0: 137, 1: 75, 2: 75, 3: 75} and said(text, 0) >= least, f"{codes} {text}")
    check_resumed(program, "killed")

job = Job(program, mpirun, "plain", 2)
job.send(signal.SIGKILL, 1)
begin = time.monotonic()
code, text = job.end()
check("kill -9 under plain mpirun ends the job within three seconds", code not in (0, None) and time.monotonic() - begin < 3, f"{code} {text}")
check_resumed(program, "plain")

job = Job(program, mpirun, "paused", 2)
job.send(signal.SIGSTOP, 0, 1)
time.sleep(2)
job.send(signal.SIGCONT, 0, 1)
time.sleep(1)
job.send(signal.SIGTERM, 0)
code, text = job.end()
check("a job that was stopped as a whole goes on", code == 143 and said(text, 0) + said(text, 1) == 0, f"{code} {text}")

code, text, whole = run(words(program, "quick", 6, ""), "quick")
code, text, found = run(mpi.command(mpirun, 2, words(program, "slow", 6, "slow")), "slow")
check("a process that computes for longer than the patience is waited for", code == 0 and found == whole, text)
mpi.end()
