#!/usr/bin/env python3
"""A trainer on several processes of mpirun: model.safetensors has the sha256 of one process with as many shards, also where a signal stops the run and
another number of processes continues it; what makes no sense ends with exit code 2.

  programs_in_processes.py PROGRAM MPIRUN

Exit code 0 if all that holds, 77 where there is no mpirun.
"""
import hashlib
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import toy

program, mpirun = sys.argv[1:]
if not shutil.which(mpirun):
    print("not run: there is no mpirun")
    sys.exit(77)
base = pathlib.Path(tempfile.mkdtemp())
flags = [*toy.train_options(program, base), "--shards", "4", "--threads", "1"]
failures = []


def start(processes, *words):
    command = [mpirun, "--oversubscribe", "--allow-run-as-root", "-n", str(processes)] if processes else []
    return subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def train(processes, folder, *more):
    process = start(processes, *toy.train_command(program), "--out", str(base / folder), *(more or [*flags, "--steps", "12"]))
    text = process.communicate(timeout=500)[1]
    model = base / folder / "model.safetensors"
    return process.returncode, text, hashlib.sha256(model.read_bytes()).hexdigest() if model.exists() else ""


def check(what, condition, text=""):
    print(("ok      " if condition else "FAILED  ") + what, flush=True)
    if not condition:
        failures.append(what)
        print(text)


code, text, whole = train(0, "one")
check("one process", code == 0 and whole, text)
for processes in 2, 4:
    code, text, found = train(processes, f"p{processes}")
    check(f"{processes} processes have its bits", code == 0 and found == whole, text)
    check("... and there is one result", (base / f"p{processes}" / "result.json").exists())

process = start(2, *toy.train_command(program), "--out", str(base / "stopped"), *flags, "--steps", "100000", "--save-seconds", "0.2")
while not (base / "stopped" / "checkpoint.safetensors").exists() and process.poll() is None:
    time.sleep(0.05)
pid = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()[-1]
subprocess.run(["kill", f"-{signal.SIGTERM.value}", pid])  # to one of them
text = process.communicate(timeout=100)[1]
stopped = re.findall(r"stopped after step (\d+); saved", text)
check("SIGTERM to one process stops all, and is reported once", process.returncode == 143 and len(stopped) == 1, text)
code, text, model = train(0, "stopped", "--resume", "--steps", str(int(stopped[0]) + 2))
check("one process continues", code == 0 and model, text)
process = start(2, *toy.train_command(program), "--out", str(base / "killed"), *flags, "--steps", "100000", "--save-seconds", "0.2")
checkpoint = base / "killed" / "checkpoint.safetensors"
while not checkpoint.exists() and process.poll() is None:
    time.sleep(0.05)
pid = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()[-1]
subprocess.run(["kill", "-9", pid])
text = process.communicate(timeout=100)[1]
check("kill -9 of one process ends all, and leaves a whole checkpoint", process.returncode not in (0, None) and toy.checkpoint(checkpoint)[0] > 0, text)
for what, wanted, processes, words in [
    ("a number that does not divide the shards", "cannot share --shards 4", 3, [*flags, "--steps", "12"]),
    ("a number of shards that is no power of two", "--shards 6; expected a power of two", 2, ["--shards", "6", *flags[:-4], "--steps", "12"]),
    ("a folder that holds a run", "holds a run already", 2, [*flags, "--steps", "12"]),
]:
    code, text, _ = train(processes, "one", *words)
    check(what, code == 2 and wanted in text, text)
process = start(2, program, "eval", "--help")
check("--help", process.communicate(timeout=100) and process.returncode == 0)
shutil.rmtree(base)
sys.exit(1 if failures else 0)
