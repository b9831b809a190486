#!/usr/bin/env python3
"""A trainer on several processes of mpirun: model.safetensors has the sha256 of one process with as many shards, also where a signal stops the run and
another number of processes continues it; what makes no sense ends with exit code 2.

  programs_in_processes.py PROGRAM MPIRUN

Exit code 0 if all that holds, 77 where there is no mpirun.
"""
import json
import re
import signal
import subprocess
import sys
import time

import processes as mpi
import toy
from processes import base, check

program, mpirun = sys.argv[1:]
mpi.require(mpirun)
flags = [*toy.train_options(program, base), "--shards", "4", "--threads", "1"]


def start(processes, *words):
    return subprocess.Popen(mpi.command(mpirun, processes, words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def train(processes, folder, *more):
    process = start(processes, *toy.train_command(program), "--out", str(base / folder), *(more or [*flags, "--steps", "12"]))
    text = process.communicate(timeout=500)[1]
    return process.returncode, text, mpi.sha256(base / folder / "model.safetensors")


def stopped_by(number, folder):
    """A run of two processes, one of which gets this signal as soon as there is a checkpoint: -> the exit code, what was printed."""
    process = start(2, *toy.train_command(program), "--out", str(base / folder), *flags, "--steps", "100000", "--save-seconds", "0.2")
    while not (base / folder / "checkpoint.safetensors").exists() and process.poll() is None:
        time.sleep(0.05)
    pid = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()[-1]
    subprocess.run(["kill", f"-{number}", pid])
    text = process.communicate(timeout=100)[1]
    return process.returncode, text


def log(folder):
    """What the run logged, but for times."""
    return [{name: value for name, value in json.loads(line).items() if name not in ("seconds", "rate")} for line in open(base / folder / "log.jsonl")]


code, text, whole = train(0, "one")
check("one process", code == 0 and whole, text)
for processes in 2, 4:
    code, text, found = train(processes, f"p{processes}")
    check(f"{processes} processes have its bits", code == 0 and found == whole, text)
    check("... and its losses and metrics", log(f"p{processes}") == log("one"))
    check("... and there is one result", (base / f"p{processes}" / "result.json").exists())

code, text = stopped_by(signal.SIGTERM.value, "stopped")
stopped = re.findall(r"stopped after step (\d+); saved", text)
check("SIGTERM to one process stops all, and is reported once", code == 143 and len(stopped) == 1, text)
code, text, model = train(0, "stopped", "--resume", "--steps", str(int(stopped[0]) + 2))
check("one process continues", code == 0 and model, text)
code, text = stopped_by(signal.SIGKILL.value, "killed")
check("kill -9 of one process ends all, and leaves a whole checkpoint", code != 0 and toy.checkpoint(base / "killed" / "checkpoint.safetensors")[0] > 0, text)
for what, wanted, processes, words in [
    ("a number that does not divide the shards", "cannot share --shards 4", 3, [*flags, "--steps", "12"]),
    ("a number of shards that is no power of two", "--shards 6; expected a power of two", 2, ["--shards", "6", *flags[:-4], "--steps", "12"]),
    ("a folder that holds a run", "holds a run already", 2, [*flags, "--steps", "12"]),
]:
    code, text, _ = train(processes, "one", *words)
    check(what, code == 2 and wanted in text, text)
(base / "file").write_text("")
code, text, _ = train(2, "file/run", *flags, "--steps", "12")
check("a folder that cannot be made", code == 74 and "cannot be made" in text, text)
(base / "other").mkdir()
other = [*toy.train_options(program, base / "other", seed=2), *flags[-4:]]
for what, wanted, words in ("other data", "of rank 1 is", other), ("another setting", "the setting 'clip' of rank 1 is 0.5, of rank 0 ", [*flags, "--clip", "0.5"]):
    of_both = [*toy.train_command(program), "--out", str(base / "unlike"), "--steps", "12"]
    done = subprocess.run(mpi.command_of_two(mpirun, [*of_both, *flags], [*of_both, *words]), capture_output=True, text=True, timeout=100)
    check(what + " in one process", done.returncode == 1 and wanted in done.stderr, done.stderr)
process = start(2, program, "eval", "--help")
check("--help", process.communicate(timeout=100) and process.returncode == 0)
mpi.end()
